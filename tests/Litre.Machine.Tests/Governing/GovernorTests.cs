using System.Diagnostics;
using Litre.Core;
using Litre.Machine.Governing;

namespace Litre.Machine.Tests.Governing;

public sealed class GovernorTests : IDisposable
{
    private readonly SimulatedMachine _machine = new();
    private readonly string _run = Directory.CreateTempSubdirectory("litre-governor-").FullName;
    private readonly GovernorSettings _settings = new()
    {
        AnswerSeconds = 0.5,
        EndSeconds = 0.5,
        CalmSeconds = 0.2,
    };

    public void Dispose()
    {
        _machine.Dispose();
        Directory.Delete(_run, recursive: true);
    }

    [Theory]
    [InlineData("sleep", "60", "stop")]
    [InlineData("bash", "-c|trap '' TERM; while true; do sleep 0.05; done", "kill")]
    public void Run_TrainerThatHangs_IsStopped(string program, string arguments, string last)
    {
        _machine.Memory(2);
        using var hanging = Process.Start(program, arguments.Split('|'));
        using (var governor = Governor(new TrainerProcess(hanging.Id)))
        {
            var watch = Stopwatch.StartNew();
            governor.Run(TimeSpan.FromSeconds(0.1), TestContext.Current.CancellationToken);
            Assert.InRange(watch.Elapsed.TotalSeconds, 0.4, 20);
        }
        Assert.True(hanging.WaitForExit(5000));
        var actions = Actions();
        Assert.Equal(["start", "pause", "stop"], actions[..3]);
        Assert.Equal([last, "end"], actions[^2..]);
    }

    [Fact]
    public void Run_TrainerThatFinished_LeavesItAlone()
    {
        _machine.Memory(50);
        new GovernorChannel(_run).Write(new TrainerStatus(0, TrainerActivity.Finished, 6, DateTimeOffset.UnixEpoch));
        using var trainer = Process.Start("sleep", "60");
        using (var governor = Governor(new TrainerProcess(trainer.Id)))
            governor.Run(TimeSpan.FromSeconds(0.1), TestContext.Current.CancellationToken);
        Assert.False(trainer.HasExited);
        trainer.Kill();
        Assert.Equal(["start", "end"], Actions());
    }

    [Fact]
    public void Tick_AfterAnEarlierGovernor_CountsOn()
    {
        _machine.Memory(5);
        var channel = new GovernorChannel(_run);
        channel.Write(new TrainerStatus(7, TrainerActivity.Running, 3, DateTimeOffset.UnixEpoch));
        using var governor = Governor(new TrainerProcess(Environment.ProcessId));
        Assert.True(governor.Tick());
        Assert.Equal((8, OrderKind.Shrink), (channel.ReadOrder()!.Sequence, channel.ReadOrder()!.Kind));
    }

    [Fact]
    public void ReadOrder_TornOrMissing_IsNull()
    {
        var channel = new GovernorChannel(_run);
        Assert.Null(channel.ReadOrder());
        Directory.CreateDirectory(Path.GetDirectoryName(channel.OrderPath)!);
        File.WriteAllText(channel.OrderPath, "{\"sequence\":");
        Assert.Null(channel.ReadOrder());
    }

    [Fact]
    public void Write_Order_ReadsBackTheSame()
    {
        var channel = new GovernorChannel(_run);
        var order = new GovernorOrder(
            3,
            OrderKind.Shrink,
            2,
            false,
            0.7,
            "short",
            new GovernorReading(10, 5, Gpu: new GpuReading(TemperatureC: 70))
        );
        Assert.True(channel.Write(order));
        Assert.Equal(order, channel.ReadOrder());
    }

    [Fact]
    public void TrainerProcess_NoSuchProcess_IsRefused() =>
        Assert.Contains("`pid 0`", Assert.Throws<InputException>(() => new TrainerProcess(0)).Message);

    private Litre.Machine.Governing.Governor Governor(ITrainerProcess trainer) => new(_run, trainer, _machine.Sources(), _settings);

    private List<string> Actions() =>
        [
            .. File.ReadLines(Path.Combine(_run, Litre.Machine.Governing.Governor.LogName))
                .Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("action").GetString()!),
        ];
}
