using System.Globalization;
using Litre.Privacy.Containment;
using Litre.Privacy.Tracing;
using Litre.Privacy.Trials;
using Shared;

namespace Litre.Privacy.Tests.Containment;

/// <summary>Real containers: what this kernel does not allow is skipped with the reason.</summary>
public sealed class ContainerTests : IDisposable
{
    private static readonly string[] Program = ["dotnet", Path.Combine(AppContext.BaseDirectory, "litre.dll"), "privacy"];
    private static readonly string[] Self = [.. Program, "enter"];
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Trace_PlantedAttempts_AreAllRecordedAndRefused(bool hasNamespace)
    {
        var result = await RunAsync(hasNamespace, Observation.Trace, [.. Program, "plant", _folder.File("outside")]);
        Assert.Equal((0, null), (result.ExitCode, result.Gap));
        var refused = result.Log.Network.Where(entry => entry.Use.IsRefused).Select(entry => entry.Use).ToList();
        Assert.Contains(new NetworkUse(NetworkAction.Connect, NetworkReach.Outside, "192.0.2.1:443", true), refused);
        Assert.Contains(new NetworkUse(NetworkAction.Connect, NetworkReach.Outside, "[2001:db8::1]:443", true), refused);
        Assert.Contains(new NetworkUse(NetworkAction.Send, NetworkReach.NameLookup, "198.51.100.1:53", true), refused);
        Assert.Contains(("dotnet", new FileChange(FileAction.Create, _folder.File("outside")), 1), result.Log.Files);
    }

    [Fact]
    public async Task Trace_ChildrenAndThreads_AreFollowed()
    {
        const string Script = """
            (bash -c 'exec 3<>/dev/tcp/192.0.2.7/81'; echo x >"$0/child") &
            wait
            mkdir "$0/folder"; mv "$0/child" "$0/folder/moved"; ln -s moved "$0/folder/link"; rm "$0/folder/moved"
            """;
        var result = await RunAsync(true, Observation.Trace, ["bash", "-c", Script, _folder.Path]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(result.Log.Network, entry => entry is { Program: "bash", Use: { Address: "192.0.2.7:81", IsRefused: true } });
        var changes = result.Log.Files.Select(entry => entry.Change).ToHashSet();
        Assert.Superset(
            new HashSet<FileChange>
            {
                new(FileAction.Create, _folder.File("child")),
                new(FileAction.MakeFolder, _folder.File("folder")),
                new(FileAction.RenameFrom, _folder.File("child")),
                new(FileAction.RenameTo, _folder.File("folder/moved")),
                new(FileAction.MakeLink, _folder.File("folder/link")),
                new(FileAction.Delete, _folder.File("folder/moved")),
            },
            changes
        );
        Assert.Contains(result.Log.Programs, path => Path.GetFileName(path) == "mkdir");
    }

    [Fact]
    public async Task Trace_NameThatIsLookedUp_IsRecorded()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/getent"), "there is no getent here");
        var result = await RunAsync(true, Observation.Trace, ["getent", "ahosts", "litre.example"]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.SkipUnless(
            File.ReadLines("/etc/nsswitch.conf").Any(line => line.StartsWith("hosts:", StringComparison.Ordinal) && line.Contains("dns")),
            "this system asks no DNS server"
        );
        Assert.Contains(result.Log.Network, entry => entry.Use is { Reach: NetworkReach.NameLookup, IsRefused: true });
    }

    [Fact]
    public async Task Trace_CommandThatDoesNothing_LeavesNoTrace()
    {
        var result = await RunAsync(true, Observation.Trace, ["true"]);
        Assert.Equal((0, null), (result.ExitCode, result.Gap));
        Assert.Empty(result.Log.Network);
        Assert.Empty(result.Log.Files);
    }

    [Fact]
    public async Task Trace_ExitCodeAndSignal_AreThoseOfTheCommand()
    {
        Assert.Equal(7, (await RunAsync(false, Observation.Trace, ["bash", "-c", "exit 7"])).ExitCode);
        Assert.Equal(128 + 15, (await RunAsync(false, Observation.Trace, ["bash", "-c", "kill $$"])).ExitCode);
        Assert.Equal(127, (await RunAsync(false, Observation.Trace, ["no-such-program-here"])).ExitCode);
    }

    [Fact]
    public void Entry_TracerThatIsGone_StartsNothing()
    {
        Need(false, Observation.Trace);
        string[] words = [.. Self[1..], "2", _folder.File("gone"), "--", "touch", _folder.File("started")];
        using var process = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(Self[0], words) { RedirectStandardError = true }
        )!;
        Assert.Contains("the tracer cannot be reached", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        process.WaitForExit();
        Assert.Equal(126, process.ExitCode);
        Assert.False(File.Exists(_folder.File("started")));
    }

    [Fact]
    public async Task Cancel_CommandThatRuns_IsEnded()
    {
        Need(false, Observation.Trace);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var command = new ContainedCommand(["bash", "-c", "echo >\"$0\"; sleep 60 & wait", _folder.File("running")])
        {
            OutputFile = _folder.File("output"),
        };
        var run = new Container(Self, new ProofMeans(false, Observation.Trace)).RunAsync(command, cancel.Token);
        while (!File.Exists(_folder.File("running")) && !run.IsCompleted)
            await Task.Delay(20, Stop);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(TimeSpan.FromSeconds(30), Stop));
    }

    [Fact]
    public async Task Filter_ProgramThatCreatesASocket_IsEnded()
    {
        var result = await RunAsync(false, Observation.Filter, [.. Program, "plant", _folder.File("outside")]);
        Assert.True(result.WasKilled, string.Create(CultureInfo.InvariantCulture, $"exit code {result.ExitCode}"));
        Assert.Equal(0, (await RunAsync(false, Observation.Filter, ["true"])).ExitCode);
    }

    // Only one tracer at a time: the inner proof falls back to the filter, and says why.
    [Fact]
    public async Task Finder_InsideOfATrace_FindsTheFilter()
    {
        Need(true, Observation.Trace);
        var own = await new ProofFinder(Self, [.. Program, "plant"]).FindAsync(_folder.Path, Stop);
        Assert.True(own.IsFull, string.Join(' ', own.Limits));
        var output = _folder.File("inner");
        string[] words = [.. Program, "run", "--json", "--output", output, "--", "true"];
        var result = await RunAsync(true, Observation.Trace, words);
        Assert.Equal(0, result.ExitCode);
        var report = await File.ReadAllTextAsync(Path.Combine(output, "report.json"), Stop);
        Assert.Contains("\"observation\": \"filter\"", report, StringComparison.Ordinal);
        Assert.Contains("another program already supervises", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Observation.Trace)]
    [InlineData(Observation.Filter)]
    public async Task Server_AskedOverLoopback_AnswersInsideOfTheContainer(Observation observation)
    {
        Need(true, observation);
        Assert.SkipUnless(File.Exists("/usr/bin/node"), "there is no node here, which plays the server");
        var image = _folder.Write("image.png", [1, 2, 3]);
        var script = _folder.Write("server.js", StandInServer.Script);
        var command = new ContainedCommand([.. Program, "client", image, "What is drawn?"])
        {
            Server = ["/usr/bin/node", script],
            OutputFile = _folder.File("output"),
        };
        var result = await new Container(Self, new ProofMeans(true, observation)).RunAsync(command, Stop);
        var output = await File.ReadAllTextAsync(_folder.File("output"), Stop);
        Assert.True(result.ExitCode == 0, output);
        Assert.Contains("The server answered: adapter saw AQID and What is drawn?", output, StringComparison.Ordinal);
        if (observation == Observation.Trace)
        {
            Assert.Contains(
                result.Log.Network,
                entry => entry is { Program: "node", Use: { Action: NetworkAction.Listen, Reach: NetworkReach.Loopback } }
            );
            Assert.DoesNotContain(result.Log.Network, entry => entry.Use.Reach is NetworkReach.Outside or NetworkReach.NameLookup);
        }
    }

    private async Task<ContainedResult> RunAsync(bool hasNamespace, Observation observation, string[] words)
    {
        Need(hasNamespace, observation);
        return await new Container(Self, new ProofMeans(hasNamespace, observation)).RunAsync(
            new ContainedCommand(words) { OutputFile = _folder.File("output") },
            Stop
        );
    }

    private void Need(bool hasNamespace, Observation observation)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "containers are Linux's");
        if (hasNamespace)
            Assert.SkipWhen(NetworkNamespace.Try() is not null, $"no network namespace here: {NetworkNamespace.Try()}");
        if (observation == Observation.Trace)
            Assert.SkipWhen(TraceLimit.Value is not null, $"no trace here: {TraceLimit.Value}");
    }

    private static readonly Lazy<string?> TraceLimit = new(() =>
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("output");
        var result = new Container(Self, new ProofMeans(false, Observation.Trace))
            .RunAsync(new ContainedCommand(["true"]) { OutputFile = output })
            .GetAwaiter()
            .GetResult();
        return result.Gap is null ? null : File.ReadAllText(output).Trim();
    });
}
