namespace Litre.Cli.Tests.Scripts;

/// <summary>The launcher builds when it must, and starts without writing anything when it need not.</summary>
public sealed class LauncherTests : IDisposable
{
    private const string Broken = "x.cs(1,1): error CS1: broken";

    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Litre_FirstStartThenAgain_BuildsOnce()
    {
        Assert.Equal((0, "litre --version\n"), Start());
        Assert.Equal((0, "litre --version\n"), Start());
        Assert.Equal(["build", "litre --version", "litre --version"], _folder.Log);
    }

    [Fact]
    public void Litre_ThroughALinkFromAnyFolder_IsTheSameProgram()
    {
        _folder.Execute("mkdir", "-p", _folder.In("bin"), _folder.In("elsewhere"));
        _folder.Execute("ln", "-s", "../clone/litre", _folder.In("bin", "direct"));
        _folder.Execute("ln", "-s", "direct", _folder.In("bin", "twice"));
        Assert.Equal((0, "litre --version\n"), Start());
        foreach (var link in (string[])["direct", "twice"])
        {
            string[] command = ["-c", $"cd {_folder.In("elsewhere")} && ../bin/{link} ask 'two words'"];
            Assert.Equal((0, "litre ask two words\n", ""), _folder.Execute("bash", command));
        }
        Assert.Single(_folder.Log, line => line == "build");
    }

    [Theory]
    [InlineData("tests/Litre.Cli.Tests/New.cs")]
    [InlineData("docs/new.md")]
    [InlineData("src/Litre.Cli/obj/new.json")]
    [InlineData("src/Litre.Cli/bin/Release/net10.0/new.txt")]
    public void Litre_OtherFilesThatAreNewer_AreNoReasonToBuild(string changed)
    {
        Start();
        _folder.Write("changed", "clone", changed);
        File.SetLastWriteTimeUtc(_folder.In("clone", changed), DateTime.UtcNow.AddSeconds(5));
        Start();
        Assert.Single(_folder.Log, line => line == "build");
    }

    [Fact]
    public void Litre_SourceThatIsGone_IsBuiltWithoutIt()
    {
        _folder.Write("// more", "clone", "src/Litre.Cli/More.cs");
        Start();
        Thread.Sleep(20); // file systems count time in steps
        File.Delete(_folder.In("clone", "src", "Litre.Cli", "More.cs"));
        Start();
        Assert.Equal(2, _folder.Log.Count(l => l == "build"));
    }

    [Fact]
    public void Litre_ProgramThatIsGone_IsBuiltAgain()
    {
        Start();
        File.Delete(_folder.In("clone", "src", "Litre.Cli", "bin", "Release", "net10.0", "litre.dll"));
        Assert.Equal((0, "litre --version\n"), Start());
        Assert.Equal(2, _folder.Log.Count(l => l == "build"));
    }

    [Theory]
    [InlineData("src/Litre.Cli/Program.cs")]
    [InlineData("src/Litre.Cli/New.cs")]
    [InlineData("global.json")]
    public void Litre_SourcesThatAreNewer_AreBuilt(string changed)
    {
        Start();
        _folder.Write("changed", "clone", changed);
        File.SetLastWriteTimeUtc(_folder.In("clone", changed), DateTime.UtcNow.AddSeconds(5));
        Start();
        Assert.Equal(2, _folder.Log.Count(l => l == "build"));
    }

    [Fact]
    public void Litre_BuildThatFails_SaysWhyAndIsTriedAgain()
    {
        var (code, output, error) = _folder.Execute([("FAIL_BUILD", Broken)], _folder.In("clone", "litre"), "--version");
        Assert.Equal((70, ""), (code, output));
        Assert.Matches(
            "^litre: building [^\n]+\nx\\.cs\\(1,1\\): error CS1: broken\nlitre: the build failed; the messages above state why\n$",
            error
        );
        Assert.Equal(0, Start().Code);
    }

    [Fact]
    public void Litre_BuildThatFailsLater_DoesNotStartTheProgramOfBefore()
    {
        Start();
        _folder.Write("broken", "clone", "src/Litre.Cli/Program.cs");
        File.SetLastWriteTimeUtc(_folder.In("clone", "src", "Litre.Cli", "Program.cs"), DateTime.UtcNow.AddSeconds(5));
        var (code, output, error) = _folder.Execute([("FAIL_BUILD", Broken)], _folder.In("clone", "litre"), "--version");
        Assert.Equal((70, ""), (code, output));
        Assert.EndsWith("litre: the build failed; the messages above state why\n", error);
        Assert.Equal(["build", "litre --version", "build"], _folder.Log);
    }

    [Theory]
    [InlineData("error NU1301: Unable to load the service index for source https://api.nuget.org/v3/index.json. [/x/Litre.Cli.csproj]")]
    [InlineData("error NU1101: Unable to find package Spectre.Console. No packages exist with this id in source(s): mirror [/x/a.csproj]")]
    public void Litre_PackagesThatCannotBeDownloaded_OneMessageWithTheWays(string reason)
    {
        var lines = $"/x/Litre.Cli.csproj : {reason}\n/x/Litre.Data.csproj : {reason}";
        var (code, output, error) = _folder.Execute([("FAIL_BUILD", lines)], _folder.In("clone", "litre"), "--version");
        Assert.Equal((2, ""), (code, output));
        Assert.Single(
            error.Split('\n'),
            line => line.Contains("could not be downloaded: " + reason[6..reason.IndexOf(" [", StringComparison.Ordinal)])
        );
        Assert.DoesNotContain(".csproj", error);
        foreach (var way in (string[])["https_proxy", "NuGet.Config", "release archive"])
            Assert.Contains(way, error);
    }

    [Fact]
    public void Litre_LongBuildOnAPipe_PrintsALineForEachProject()
    {
        // It ends when its progress was printed, whatever the machine's speed; the limit keeps a broken script from hanging.
        const string Slow = """
            #!/bin/bash
            case "$1" in
              --version) echo 10.0.100 ;;
              build)
                echo "  Litre.Core -> /x/Litre.Core.dll"
                echo "  Litre.Data -> /x/Litre.Data.dll"
                for i in {1..100}; do grep -q Litre.Data "$SHOWN" && break; sleep 0.1; done
                mkdir -p "$2/bin/Release/net10.0"; : >"$2/bin/Release/net10.0/litre.dll" ;;
            esac

            """;
        _folder.WriteProgram(Slow, "path", "dotnet");
        var shown = _folder.In("shown");
        var (code, _, _) = _folder.Execute([("SHOWN", shown)], "bash", "-c", $"'{_folder.In("clone", "litre")}' --version 2>'{shown}'");
        Assert.Equal(0, code);
        var error = File.ReadAllText(shown);
        Assert.Matches("\nlitre: building: [0-9]+ s, project 1 of 1 done: Litre.Core\n", error);
        Assert.Matches("\nlitre: building: [0-9]+ s, project 2 of 1 done: Litre.Data\n", error);
        Assert.DoesNotContain("\r", error);
    }

    [Fact]
    public void Litre_Release_StartsItsProgramWithoutWritingAnything()
    {
        _folder.MakeRelease();
        var before = Directory.GetFileSystemEntries(_folder.In("clone"), "*", SearchOption.AllDirectories);
        var (code, output, error) = _folder.Execute([("PATH", _folder.IsolatePath())], _folder.In("clone", "litre"), "ask", "two words");
        Assert.Equal((0, "litre ask two words\n", ""), (code, output, error));
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder.In("clone"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Litre_TwoFirstStartsAtOnce_BuildOnce()
    {
        var starts = await Task.WhenAll(Task.Run(Start), Task.Run(Start), Task.Run(Start));
        Assert.All(starts, s => Assert.Equal((0, "litre --version\n"), s));
        Assert.Single(_folder.Log, line => line == "build");
    }

    [Fact]
    public void Litre_AnotherUserAndAFolderThatCannotBeWritten_StartsWhatIsBuilt()
    {
        if (!CanBeSomebodyElse())
            return;
        Start();
        _folder.Execute("chmod", "-R", "a+rX,a-w", _folder.In("clone"));
        _folder.Execute("chmod", "a+rx", _folder.Root);
        var (code, output, error) = AsNobody();
        Assert.Equal((0, "litre --version\n", ""), (code, output, error));
    }

    [Fact]
    public void Litre_AnotherUserAndNothingBuilt_OneLineThatSaysWhatToDo()
    {
        if (!CanBeSomebodyElse())
            return;
        _folder.Execute("chmod", "-R", "a+rX,a-w", _folder.In("clone"));
        _folder.Execute("chmod", "a+rx", _folder.Root);
        var (code, output, error) = AsNobody();
        Assert.Equal((2, ""), (code, output));
        Assert.Matches("^litre: the program is not built, and [^\n]+ may not write to [^\n]+\n$", error);
    }

    [Theory]
    [InlineData("litre")]
    [InlineData("finetune.sh")]
    public void Script_UnderAPlainShell_OneLine(string script)
    {
        if (!File.Exists("/bin/dash"))
            return;
        var (code, output, error) = _folder.Execute("/bin/dash", _folder.In("clone", script));
        Assert.Equal((2, ""), (code, output));
        Assert.Matches($"^{script}: this is a bash script[^\n]+\n$", error);
    }

    private (int Code, string Output) Start()
    {
        var (code, output, _) = _folder.Execute(_folder.In("clone", "litre"), "--version");
        return (code, output);
    }

    private (int Code, string Output, string Error) AsNobody() =>
        _folder.Execute(
            [("LOG", "/dev/null")],
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            _folder.In("clone", "litre"),
            "--version"
        );

    // Only the administrator can become another user.
    private static bool CanBeSomebodyElse() => Environment.IsPrivilegedProcess && File.Exists("/usr/bin/setpriv");
}
