using System.Text.Json;
using Litre.Core;
using Litre.Training.Telemetry;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Telemetry;

/// <summary>metrics.jsonl and log.txt.</summary>
public sealed class RunLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-test-").FullName;

    private string Metrics => File.ReadAllText(Path.Combine(_folder, MetricsLog.FileName));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Metrics_EveryEvent_IsALineWithItsFields()
    {
        using (var log = new MetricsLog(_folder, new FixedClock()))
        {
            TuneEvents.Play(log, 1, 3);
            // Written at once: a killed process has lost nothing of it.
            Assert.EndsWith("\n", Metrics);
        }
        var lines = Metrics
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        Assert.Equal(
            ["validation 0", "step 1", "step 2", "validation 2", "step 3", "checkpoint 3", "end 3"],
            lines.Select(line => $"{line.GetProperty("type")} {line.GetProperty("step")}")
        );
        var step = lines[1];
        Assert.Equal(2.5, step.GetProperty("loss").GetDouble());
        Assert.Equal(0.75, step.GetProperty("gradient_norm").GetDouble());
        Assert.Equal(1e-4, step.GetProperty("learning_rate").GetDouble());
        Assert.Equal(890, step.GetProperty("tokens").GetInt32());
        Assert.Equal(1780, step.GetProperty("tokens_per_second").GetDouble());
        Assert.Equal(2L << 30, step.GetProperty("machine").GetProperty("process_bytes").GetInt64());
        Assert.Equal(143.5, step.GetProperty("machine").GetProperty("power_watts").GetDouble());
        Assert.Equal("2026-03-01T12:30:15.25Z", step.GetProperty("time").GetString());
        Assert.False(lines[2].TryGetProperty("machine", out _));
        Assert.Equal("checkpoint-3", lines[5].GetProperty("folder").GetString());
        Assert.Equal("finished", lines[6].GetProperty("reason").GetString());
        Assert.Equal(JsonValueKind.Null, lines[6].GetProperty("best_loss").ValueKind);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Metrics_ResumedRun_ReadsAsNeverInterrupted(int killedAfter)
    {
        using (var log = new MetricsLog(_folder, new FixedClock()))
            TuneEvents.Play(log, 1, 6);
        var uninterrupted = Metrics;
        File.Delete(Path.Combine(_folder, MetricsLog.FileName));

        using (var log = new MetricsLog(_folder, new FixedClock()))
            TuneEvents.Play(log, 1, killedAfter, killedAfter == 5 ? TuneEndReason.Interrupted : null);
        File.AppendAllText(Path.Combine(_folder, MetricsLog.FileName), "{\"type\":\"step\",\"st");
        using (var log = new MetricsLog(_folder, new FixedClock()))
            TuneEvents.Play(log, 4, 6);
        Assert.Equal(uninterrupted, Metrics);
    }

    // The checkpoint has its name, and the process dies before it says so.
    [Fact]
    public void Metrics_KilledBetweenACheckpointAndItsLine_ReadsAsNeverInterrupted()
    {
        var path = Path.Combine(_folder, MetricsLog.FileName);
        using (var log = new MetricsLog(_folder, new FixedClock()))
            TuneEvents.Play(log, 1, 6);
        var uninterrupted = Metrics;
        File.Delete(path);

        using (var log = new MetricsLog(_folder, new FixedClock()))
            TuneEvents.Play(log, 1, 3, null);
        File.WriteAllLines(path, File.ReadAllLines(path).Where(line => !line.Contains("\"checkpoint\"", StringComparison.Ordinal)));
        using (var log = new MetricsLog(_folder, new FixedClock()))
            TuneEvents.Play(log, 4, 6);
        Assert.Equal(uninterrupted, Metrics);
    }

    [Fact]
    public void Metrics_BegunAgain_ForgetsTheEarlierRun()
    {
        using (var log = new MetricsLog(_folder))
            TuneEvents.Play(log, 1, 2, null);
        using (var log = new MetricsLog(_folder))
            log.OnStart(TuneEvents.Start());
        Assert.Equal("", Metrics);
    }

    [Fact]
    public void Metrics_NumbersThatJsonLacks_AreStillReadable()
    {
        using (var log = new MetricsLog(_folder))
        {
            log.OnMessage("before the start");
            log.OnStart(TuneEvents.Start());
            log.OnStep(TuneEvents.Step(1, double.NaN));
            log.OnStep(TuneEvents.Step(2, double.PositiveInfinity));
            log.OnMessage("loss \"exploded\"\nat 损失");
        }
        var lines = Metrics
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        Assert.Equal("NaN", lines[0].GetProperty("loss").GetString());
        Assert.Equal("Infinity", lines[1].GetProperty("loss").GetString());
        Assert.Equal("loss \"exploded\"\nat 损失", lines[2].GetProperty("text").GetString());
        Assert.Equal(2, lines[2].GetProperty("step").GetInt32());
    }

    [Fact]
    public void TextLog_Run_HasATimeOnEveryLine()
    {
        using (var log = new TextLog(_folder, new FixedClock()))
        {
            TuneEvents.Play(log, 1, 3);
            log.OnMessage("two\nlines");
        }
        using (var log = new TextLog(_folder, new FixedClock()))
            log.OnStart(TuneEvents.Start(4));
        var lines = File.ReadAllLines(Path.Combine(_folder, TextLog.FileName));
        Assert.All(lines, line => Assert.StartsWith("2026-03-01T12:30:15.250Z ", line));
        Assert.Contains(lines, line => line.Contains("step 2 of 6: epoch 0.667, loss 1.25", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("two lines", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("resumed at step 4 of 6", StringComparison.Ordinal));
    }

    [Fact]
    public void Log_DiskFullForLong_IsTheUsersMessage()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "no /dev/full here: a refused write is not tried");
        File.CreateSymbolicLink(Path.Combine(_folder, TextLog.FileName), "/dev/full");
        using var log = new TextLog(_folder);
        // A few lines wait in memory: a run must not end for them.
        for (var line = 0; line < 100; line++)
            log.OnMessage("x");
        var failure = Assert.Throws<InputException>(() => log.OnMessage(new string('x', 5 << 20)));
        Assert.Contains("`resume`", failure.Message);
    }

    [Fact]
    public void Composite_OneFailing_TellsTheOthersFirst()
    {
        using (var log = new TextLog(_folder, new FixedClock()))
        {
            using var broken = new MetricsLog(_folder);
            broken.OnStart(TuneEvents.Start());
            broken.Dispose();
            var all = new CompositeObserver(broken, log);
            Assert.Throws<ObjectDisposedException>(() => all.OnMessage("heard"));
        }
        Assert.Contains("heard", File.ReadAllText(Path.Combine(_folder, TextLog.FileName)));
    }
}
