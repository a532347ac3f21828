using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Litre.Machine.Setup;

/// <summary>A package that another one needs: a line <c>Requires-Dist</c> of a wheel's METADATA (PEP 508).</summary>
/// <param name="Project">The package, normalized by <see cref="WheelName.Normalize"/>.</param>
/// <param name="Extras">Its requested optional parts, for example <c>cublas</c>.</param>
/// <param name="Specifiers">The accepted versions, for example <c>==9.19.0.56</c>; empty for any.</param>
internal sealed partial record Requirement(string Project, IReadOnlyList<string> Extras, string Specifiers)
{
    /// <summary>Requires NVIDIA's libraries and contains none itself; since 2.11 torch needs it with a list of extras.</summary>
    private const string Toolkit = "cuda-toolkit";

    /// <summary>True if the package contains shared libraries of CUDA, or requires packages that do.</summary>
    public bool IsCuda => Project.StartsWith("nvidia-", StringComparison.Ordinal) || IsToolkit;

    public bool IsToolkit => Project == Toolkit;

    /// <summary>The requirements of a wheel on this machine.</summary>
    /// <param name="metadata">The text of METADATA.</param>
    /// <param name="architecture">The machine's.</param>
    /// <param name="extras">The requested optional parts of the wheel.</param>
    public static IEnumerable<Requirement> Read(string metadata, Architecture architecture, IReadOnlyCollection<string> extras)
    {
        foreach (var raw in metadata.Split('\n'))
        {
            var line = raw.TrimEnd('\r');
            // The description follows an empty line and may contain anything.
            if (line.Length == 0)
                yield break;
            if (
                Pattern().Match(line) is not { Success: true } match
                || !Marker.IsSatisfied(match.Groups["marker"].Value, architecture, extras)
            )
                continue;
            yield return new Requirement(
                WheelName.Normalize(match.Groups["name"].Value),
                [
                    .. match
                        .Groups["extras"]
                        .Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                        .Select(WheelName.Normalize),
                ],
                match.Groups["versions"].Value.Trim().Trim('(', ')')
            );
        }
    }

    public override string ToString() => Project + Specifiers;

    [GeneratedRegex(
        """^Requires-Dist:\s*(?<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[(?<extras>[^\]]*)\])?\s*(?<versions>[^;]*)(?:;(?<marker>.*))?$""",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Pattern();
}
