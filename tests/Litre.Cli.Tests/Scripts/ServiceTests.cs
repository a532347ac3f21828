using System.Diagnostics;
using Shared;

namespace Litre.Cli.Tests.Scripts;

/// <summary>The systemd unit of the server.</summary>
public sealed class ServiceTests
{
    private const string Unit = "build/litre-serve.service";
    private const string Analyze = "/usr/bin/systemd-analyze";

    [Fact]
    public void Unit_Systemd_AcceptsItAndRatesItAsWellProtected()
    {
        if (!File.Exists(Analyze))
            Assert.Skip("there is no systemd-analyze");
        using var folder = new TemporaryFolder();
        // The program of the unit must exist where it is verified.
        var unit = folder.Write(
            "litre-serve.service",
            SourceTree.Read(Unit).Replace("/opt/litre/litre ", "/bin/true ", StringComparison.Ordinal)
        );
        Assert.Equal((0, ""), Run("verify", unit));
        var (code, text) = Run("security", "--offline=true", "--threshold=20", unit);
        Assert.True(code == 0, text);
        Assert.Contains("1.8 OK", text);
    }

    // What systemd cannot know: the server finishes its answers after the first SIGTERM and stops at the second, exits with 2 for bad
    // input, and reaches no other machine.
    [Theory]
    [InlineData("KillMode=mixed")]
    [InlineData("KillSignal=SIGTERM")]
    [InlineData("Restart=on-failure")]
    [InlineData("RestartPreventExitStatus=2")]
    [InlineData("IPAddressDeny=any")]
    [InlineData("IPAddressAllow=localhost")]
    [InlineData("ProtectSystem=strict")]
    [InlineData("StateDirectory=litre")]
    [InlineData("NoNewPrivileges=yes")]
    public void Unit_Setting_IsThere(string line) => Assert.Contains(line, SourceTree.Read(Unit).Split('\n'));

    private static (int Code, string Text) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Analyze, ["--no-pager", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd() + error.Result;
        process.WaitForExit();
        return (process.ExitCode, text);
    }
}
