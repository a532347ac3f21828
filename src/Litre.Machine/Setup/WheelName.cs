using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Litre.Machine.Setup;

/// <summary>The parts of a wheel's file name (PEP 427): <c>torch-2.11.0+cu130-cp312-cp312-manylinux_2_28_x86_64.whl</c>.</summary>
/// <param name="File">The file name, with an address's escapes resolved.</param>
/// <param name="Project">The package, normalized by <see cref="Normalize"/>.</param>
/// <param name="Version">The release.</param>
/// <param name="Python">Python's tag, for example <c>cp312</c>; irrelevant for shared libraries.</param>
/// <param name="Platform">The machine's tag, for example <c>manylinux_2_28_aarch64</c>.</param>
internal sealed partial record WheelName(string File, string Project, PackageVersion Version, string Python, string Platform)
{
    /// <summary>Null if the name is not that of a wheel. An accepted name is safe as a file name.</summary>
    public static WheelName? Parse(string file)
    {
        var match = Pattern().Match(file);
        return match.Success && PackageVersion.Parse(match.Groups["version"].Value) is { } version
            ? new WheelName(
                file,
                Normalize(match.Groups["project"].Value),
                version,
                match.Groups["python"].Value,
                match.Groups["platform"].Value
            )
            : null;
    }

    /// <summary>The normalized project name (PEP 503): lower case, and a hyphen for every run of <c>-_.</c>.</summary>
    public static string Normalize(string project) => Separators().Replace(project, "-").ToLowerInvariant();

    /// <summary>Linux's name of an architecture, as wheels and Python's markers use it.</summary>
    public static string Machine(Architecture architecture) => architecture == Architecture.Arm64 ? "aarch64" : "x86_64";

    /// <summary>True if the libraries inside run on Linux on this architecture, or if there are none inside.</summary>
    public bool Fits(Architecture architecture) =>
        Platform == "any"
        || Platform
            .Split('.')
            .Any(tag =>
                tag.Contains("linux", StringComparison.Ordinal) && tag.EndsWith("_" + Machine(architecture), StringComparison.Ordinal)
            );

    /// <summary>Number of Python's tag, to choose among wheels that differ in nothing else; 0 if it names no version.</summary>
    public int PythonNumber =>
        PythonTag().Match(Python) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(
        """^(?<project>[A-Za-z0-9][A-Za-z0-9._]*)-(?<version>[A-Za-z0-9.+_!]+)"""
            + """(?:-\d[A-Za-z0-9._]*)?"""
            + """-(?<python>[A-Za-z0-9._]+)-[A-Za-z0-9._]+-(?<platform>[A-Za-z0-9._]+)\.whl$"""
    )]
    private static partial Regex Pattern();

    [GeneratedRegex("""[-_.]+""")]
    private static partial Regex Separators();

    [GeneratedRegex("""^cp(\d{2,4})$""")]
    private static partial Regex PythonTag();
}

/// <summary>A wheel that an index offers.</summary>
/// <param name="Name">The parts of its file name.</param>
/// <param name="Address">Its address: http, https or file.</param>
internal sealed record WheelLink(WheelName Name, Uri Address)
{
    /// <summary>SHA-256 in lower-case hexadecimal digits; null if the index states none.</summary>
    public string? Sha256 { get; init; }

    /// <summary>True if the index also offers the wheel's METADATA separately, under its address with <c>.metadata</c> (PEP 658).</summary>
    public bool HasMetadata { get; init; }

    /// <summary>SHA-256 of that METADATA; null if the index states none.</summary>
    public string? MetadataSha256 { get; init; }
}
