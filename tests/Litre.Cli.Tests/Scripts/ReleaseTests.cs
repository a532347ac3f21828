using Shared;

namespace Litre.Cli.Tests.Scripts;

/// <summary>What must not be in a release is found, and notices come from the packages.</summary>
public sealed class ReleaseTests : IDisposable
{
    private static readonly string Scripts = Path.Combine(Repository.Root, "build");
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Check_ArchiveWithWhatDoesNotBelong_OneLineForEach()
    {
        const string Top = "litre-9.9.9-linux-other";
        WriteElf(62, Top, "bin/libx64.so");
        WriteElf(183, Top, "bin/libarm64.so");
        _folder.Write("x", Top, "bin/Microsoft.AspNetCore.Http.dll");
        _folder.Write("x", Top, "bin/litre.pdb");
        _folder.Write(Dependencies("Known/1.0.0", "Unnamed/2.0.0"), Top, "bin/litre.deps.json");
        _folder.Write("Known 1.0.0 MIT\n", Top, "THIRD-PARTY-NOTICES.txt");
        Pack(Top, "litre-core-9.9.9-linux-other.tar.xz");

        var (code, _, error) = _folder.Execute("bash", Path.Combine(Scripts, "check-release.sh"), _folder.In("release"));

        Assert.Equal(1, code);
        foreach (
            var expected in (string[])
                [
                    "bin/libx64.so is for x64",
                    "bin/libarm64.so is for arm64",
                    "holds bin/Microsoft.AspNetCore.Http.dll",
                    "holds bin/litre.pdb",
                    "lacks bin/libcoreclr.so",
                    "lacks assets/litre-nano/model.safetensors",
                    "litre is not executable",
                    "THIRD-PARTY-NOTICES.txt does not name Unnamed",
                ]
        )
            Assert.Contains(expected, error);
        Assert.DoesNotContain("does not name Known", error);
    }

    [Fact]
    public void Check_SumThatDiffers_Fails()
    {
        _folder.Write("x", "litre-9.9.9-linux-other", "bin/litre");
        Pack("litre-9.9.9-linux-other", "litre-core-9.9.9-linux-other.tar.xz");
        _folder.Write(new string('0', 64) + "  litre-core-9.9.9-linux-other.tar.xz\n", "release", "SHA256SUMS");
        var (code, _, error) = _folder.Execute("bash", Path.Combine(Scripts, "check-release.sh"), _folder.In("release"));
        Assert.Equal(1, code);
        Assert.Contains("SHA256SUMS: a sum differs", error);
    }

    [Fact]
    public void Notices_OfPackages_NameLicenseAndTexts()
    {
        WritePackage("one", "1.0.0", "<license type=\"expression\">MIT</license><copyright>The Ones</copyright>", "");
        WritePackage("two", "2.0.0", "<license type=\"expression\">Apache-2.0</license>", "Text of two.");
        WritePackage("k4os.compression.lz4", "1.3.8", "<authors>Somebody</authors>", "");
        _folder.Write(Dependencies("One/1.0.0", "Two/2.0.0", "K4os.Compression.LZ4/1.3.8"), "bin", "litre.deps.json");
        var (code, output, error) = Notices();
        Assert.Equal((0, ""), (code, error));
        Assert.Matches("(?m)^One +1\\.0\\.0 +MIT$", output);
        Assert.Contains("Copyright: The Ones", output);
        Assert.Contains("\n\nText of two.", output);
        Assert.Matches("(?m)^K4os\\.Compression\\.LZ4 +1\\.3\\.8 +MIT$", output);
        Assert.Contains("Copyright: Somebody", output);
        Assert.Single(output.Split('\n'), line => line.StartsWith("Permission is hereby granted", StringComparison.Ordinal));
    }

    [Fact]
    public void Notices_PackageWithoutALicense_IsRefusedByName()
    {
        WritePackage("unknown", "1.0.0", "<licenseUrl>https://example.org</licenseUrl>", "");
        _folder.Write(Dependencies("Unknown/1.0.0"), "bin", "litre.deps.json");
        var (code, _, error) = Notices();
        Assert.Equal(1, code);
        Assert.Contains("Unknown states no license", error);
    }

    private (int Code, string Output, string Error) Notices() =>
        _folder.Execute(
            [("root", Repository.Root)],
            "bash",
            "-c",
            $". '{Scripts}/notices.sh' && notices '{_folder.In("bin")}' '{_folder.In("packages")}'"
        );

    private void WritePackage(string id, string version, string fields, string license)
    {
        _folder.Write(
            $"<package><metadata>\n{fields.Replace("><", ">\n<")}\n</metadata></package>",
            "packages",
            id,
            version,
            $"{id}.nuspec"
        );
        if (license.Length > 0)
            _folder.Write(license, "packages", id, version, "LICENSE");
    }

    private static string Dependencies(params string[] packages) =>
        "{\n  \"libraries\": {\n"
        + string.Join(",\n", packages.Select(p => $"    \"{p}\": {{\n      \"type\": \"package\"\n    }}"))
        + "\n  }\n}\n";

    // The first 20 bytes of a library: the magic number, and at 18 the machine.
    private void WriteElf(byte machine, params string[] path)
    {
        var bytes = new byte[64];
        "\u007fELF"u8.CopyTo(bytes);
        bytes[18] = machine;
        _folder.Write("", path);
        File.WriteAllBytes(_folder.In(path), bytes);
    }

    private void Pack(string top, string archive)
    {
        Directory.CreateDirectory(_folder.In("release"));
        _folder.Execute("tar", "-C", _folder.Root, "-cJf", _folder.In("release", archive), top);
        _folder.Execute("bash", "-c", $"cd '{_folder.In("release")}' && sha256sum *.tar.xz >SHA256SUMS");
    }
}
