using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Litre.Cli.Commands;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed partial class ServeCommandTests : IDisposable
{
    private static readonly string Nano = Path.Combine(Repository.Root, "assets", "litre-nano");

    private readonly TemporaryFolder _state = new();

    public void Dispose() => _state.Dispose();

    // The first try of a user: the printed command is what is run here.
    [Fact]
    public async Task Serve_NoModel_AnswersThePrintedCommandAndStopsAtASignal()
    {
        using var server = Start("serve", "--port", "0", "--device", "cpu");
        try
        {
            var lines = new List<string>();
            while (lines.All(l => !l.StartsWith("curl ", StringComparison.Ordinal)))
                lines.Add(await ReadLineAsync(server));
            var asked = await RunAsync("bash", "-c", lines[^1]);
            Assert.Contains("\"role\":\"assistant\"", asked.Output, StringComparison.Ordinal);
            // The server has replaced the command, and has its process ID.
            LitreProcess.Signal(server, "TERM");
            await server
                .WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
        }
        var audit = string.Concat(Directory.EnumerateFiles(_state.File("audit"), "*.jsonl").Select(File.ReadAllText));
        Assert.Matches("server_started(.|\n)*\"kind\":\"request\"(.|\n)*server_stopped", audit);
    }

    [Fact]
    public async Task Serve_SecondSignal_EndsItAtOnce()
    {
        using var server = Start("serve", "--model", Nano, "--port", "0", "--device", "cpu");
        try
        {
            var line = await ReadLineAsync(server);
            var address = new Uri(Address().Match(line).Value);
            // A request that does not end: its body is not complete.
            using var client = new TcpClient();
            await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
            var request =
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 9999\r\n\r\n{";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
            await Task.Delay(500, TestContext.Current.CancellationToken);
            LitreProcess.Signal(server, "TERM");
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            Assert.False(server.HasExited);
            LitreProcess.Signal(server, "TERM");
            await server
                .WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
            Assert.Equal(0, server.ExitCode);
        }
        finally
        {
            if (!server.HasExited)
                server.Kill();
        }
    }

    [Theory]
    [InlineData("there is no key", "--model", "assets/litre-nano", "--host", "0.0.0.0")]
    [InlineData("--adapter drawings", "--model", "assets/litre-nano", "--adapter", "drawings")]
    [InlineData("--port 70000", "--model", "assets/litre-nano", "--port", "70000")]
    [InlineData("--host box.example", "--model", "assets/litre-nano", "--host", "box.example")]
    [InlineData("--max-body 5x", "--max-body", "5x")]
    [InlineData("--certificate none.pem", "--model", "assets/litre-nano", "--certificate", "none.pem")]
    [InlineData("--adapter none", "--model", "assets/litre-nano", "--port", "0", "--device", "cpu", "--adapter", "a=none")]
    [InlineData("--allow-origin *", "--model", "assets/litre-nano", "--allow-origin", "*")]
    public async Task Serve_Mistake_IsOneMessage(string text, params string[] arguments)
    {
        using var litre = Start(["serve", .. arguments.Select(a => a == "assets/litre-nano" ? Nano : a)]);
        var error = await litre.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await litre.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(litre.ExitCode == 2, error);
        var line = error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.StartsWith("litre: ", line, StringComparison.Ordinal);
        Assert.Contains(text, line, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_OfTheCommand_AreThoseThatTheServerReads()
    {
        var read = Read()
            .Matches(SourceTree.Read("src/Litre.Server/Settings/ServerArguments.cs"))
            .Select(m => m.Groups[1].Value)
            .ToHashSet();
        Assert.Equal(
            new ServeCommand().Options.Select(o => o.Name[2..]).Append("example").Order(StringComparer.Ordinal),
            read.Order(StringComparer.Ordinal)
        );
    }

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "litre.dll"), .. arguments])
            start.ArgumentList.Add(argument);
        start.Environment["LITRE_STATE"] = _state.Path;
        return Process.Start(start)!;
    }

    private static async Task<string> ReadLineAsync(Process process) =>
        await process
            .StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            .AsTask()
            .WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken)
        ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));

    private static async Task<LitreProcess> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new LitreProcess(process.ExitCode, output, await error);
    }

    [GeneratedRegex("http://[0-9.:]+")]
    private static partial Regex Address();

    [GeneratedRegex(@"(?:Text|Number|Size|Seconds|Fraction|All|ContainsKey)\(""([a-z-]+)""")]
    private static partial Regex Read();
}
