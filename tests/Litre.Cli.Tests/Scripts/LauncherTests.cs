namespace Litre.Cli.Tests.Scripts;

/// <summary>The launcher builds when it must, and starts without writing anything when it need not.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly ScriptFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Litre_FirstStartThenAgain_BuildsOnce()
    {
        Assert.Equal((0, "litre --version\n"), Start());
        Assert.Equal((0, "litre --version\n"), Start());
        Assert.Equal(["build", "litre --version", "litre --version"], _folder.Log);
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
        var (code, output, error) = _folder.Execute([("FAIL_BUILD", "1")], _folder.In("clone", "litre"), "--version");
        Assert.Equal((70, ""), (code, output));
        Assert.Contains("error CS1: broken", error);
        Assert.Equal(0, Start().Code);
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
        Assert.Matches("^litre: has to be built first, and [^\n]+ may not write to [^\n]+\n$", error);
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
        Assert.Matches($"^{script}: is a bash script[^\n]+\n$", error);
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
