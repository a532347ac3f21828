namespace Litre.Cli.Tests.Scripts;

/// <summary>A machine without an SDK: what is downloaded is named before, and a failure says what to do.</summary>
public sealed class SdkTests : IDisposable
{
    // What the real script does, as far as it matters here: it puts dotnet into a folder.
    private const string Install = """
        #!/bin/bash
        while [ $# -gt 0 ]; do case $1 in --install-dir) folder=$2; shift 2 ;; *) shift ;; esac; done
        mkdir -p "$folder" && cp "$KEPT" "$folder/dotnet"

        """;

    private readonly ScriptFolder _folder = new();
    private readonly string _path;

    public SdkTests()
    {
        _folder.Write(File.ReadAllText(_folder.In("path", "dotnet")), "kept");
        _folder.Execute("chmod", "+x", _folder.In("kept"));
        File.Delete(_folder.In("path", "dotnet"));
        _path = _folder.IsolatePath();
        File.CreateSymbolicLink(_folder.In("path", "cp"), "/bin/cp");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Finetune_NoSdk_NamesTheDownloadFirstThenInstalls()
    {
        _folder.Write(Install, "install.sh");
        WriteCurl("""cat "$INSTALL" >"$out" """);
        var (code, output, error) = Finetune();
        Assert.Equal(0, code);
        Assert.Contains(
            "  1. download and install the .NET SDK 10.0, about 240 MB, from https://builds.dotnet.microsoft.com into ~/.dotnet",
            output
        );
        Assert.StartsWith("Downloading the .NET SDK 10.0, about 240 MB", error);
        Assert.Equal("curl https://dot.net/v1/dotnet-install.sh", _folder.Log[0]);
        Assert.Contains("build", _folder.Log);
    }

    [Fact]
    public void Finetune_NoNetwork_OneMessageWithReasonAndWays()
    {
        WriteCurl("""echo "curl: (6) Could not resolve host: dot.net" >&2; exit 6""");
        var (code, _, error) = Finetune();
        Assert.Equal(2, code);
        Assert.Matches(
            "^Downloading [^\\n]+\\nThe \\.NET SDK 10\\.0 could not be installed: https://dot\\.net/v1/dotnet-install\\.sh "
                + "could not be downloaded: curl: \\(6\\) Could not resolve host: dot\\.net\\nWhat to do:\\n",
            error
        );
        foreach (var way in (string[])["https_proxy", "release archive", "https://dotnet.microsoft.com/download/dotnet/10.0"])
            Assert.Contains(way, error);
        Assert.DoesNotContain("build", _folder.Log);
    }

    [Fact]
    public void Finetune_InstallationThatFails_ItsErrorIsTheReason()
    {
        _folder.Write("echo working; echo 'dotnet-install: Error: Could not download dotnet-sdk.tar.gz' >&2; exit 1\n", "install.sh");
        WriteCurl("""cat "$INSTALL" >"$out" """);
        var (code, _, error) = Finetune();
        Assert.Equal(2, code);
        Assert.Contains("failed: dotnet-install: Error: Could not download dotnet-sdk.tar.gz\n", error);
        Assert.DoesNotContain("working", error);
    }

    [Fact]
    public void Finetune_AptHasTheSdk_ItsSizeIsAskedAndAptInstalls()
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        WriteApt("cp \"$KEPT\" \"$BIN/dotnet\"");
        var (code, output, error) = Finetune();
        Assert.Equal(0, code);
        Assert.Contains("  1. download and install the .NET SDK 10.0, 150 MB, from this system's package sources, with apt", output);
        Assert.StartsWith("Downloading the .NET SDK 10.0, 150 MB", error);
        Assert.Equal("apt-get install -y -q dotnet-sdk-10.0", _folder.Log[0]);
    }

    [Fact]
    public void Finetune_AptFails_TheScriptIsTriedNext()
    {
        if (!Environment.IsPrivilegedProcess)
            return;
        WriteApt("echo 'E: Failed to fetch dotnet-sdk' >&2; exit 100");
        _folder.Write(Install, "install.sh");
        WriteCurl("""cat "$INSTALL" >"$out" """);
        var (code, _, error) = Finetune();
        Assert.Equal(0, code);
        Assert.Contains("E: Failed to fetch dotnet-sdk\napt could not install it; trying Microsoft's script instead\n", error);
    }

    private void WriteCurl(string answer) =>
        _folder.WriteProgram(
            $$"""
            #!/bin/bash
            while [ $# -gt 0 ]; do case $1 in -o) out=$2; shift 2 ;; http*) echo "curl $1" >>"$LOG"; shift ;; *) shift ;; esac; done
            {{answer}}

            """,
            "path",
            "curl"
        );

    private void WriteApt(string install)
    {
        _folder.WriteProgram("#!/bin/sh\necho '  Candidate: 10.0.100'\n", "path", "apt-cache");
        _folder.WriteProgram(
            $$"""
            #!/bin/bash
            if [[ " $* " == *" --print-uris "* ]]; then
              echo "'http://x/a.deb' a.deb 100000000 SHA256:1"
              echo "'http://x/b.deb' b.deb 50000000 SHA256:2"
              exit
            fi
            echo "apt-get $*" >>"$LOG"
            {{install}}

            """,
            "path",
            "apt-get"
        );
    }

    private (int Code, string Output, string Error) Finetune() =>
        _folder.Execute(
            [("PATH", _path), ("KEPT", _folder.In("kept")), ("BIN", _folder.In("path")), ("INSTALL", _folder.In("install.sh"))],
            "bash",
            _folder.In("clone", "finetune.sh"),
            "--output",
            "out"
        );
}
