using Litre.Cli.Rendering;
using Litre.Machine.Sensors;
using Litre.Training.Tuning;
using Spectre.Console;

namespace Litre.Cli.Tests.Rendering;

public sealed class TuneConsoleTests : IDisposable
{
    private const int Total = 400;

    private readonly Screen _screen = new(80);
    private readonly ManualClock _clock = new();

    public void Dispose() => _screen.Dispose();

    [Fact]
    public void Live_WholeRun_LeavesTableMessagesOneBlockAndTheEnd()
    {
        using (var console = Console(live: true))
            Play(console, 1, Total);
        var rows = _screen.Rows;
        Assert.Single(rows, row => row.StartsWith("step 400/400 ━", StringComparison.Ordinal));
        Assert.DoesNotContain(rows, row => row.StartsWith("step 399/", StringComparison.Ordinal));
        foreach (var label in (string[])["loss ", "held out ", "pace ", "machine "])
            Assert.Single(rows, row => row.StartsWith(label, StringComparison.Ordinal));
        Assert.Equal(4, rows.Count(row => row.StartsWith("checkpoint after step", StringComparison.Ordinal)));
        Assert.Contains(
            rows,
            row =>
                row.Contains("language_model…self_attn.q_proj", StringComparison.Ordinal)
                && row.Contains("4,718,592", StringComparison.Ordinal)
                && row.Contains("100.0 %", StringComparison.Ordinal)
        );
        Assert.Contains("Trains 4,718,592 of 4,000,000,000 parameters (0.1 %).", rows);
        Assert.Contains("Finished after step 400, 3 min 20 s.", rows);
        Assert.Contains("  best checkpoint  runs/dishes/best  (held-out loss 1.0000)", rows);
        Assert.True(_screen.CursorAtLineStart);
        Assert.Equal(0, _clock.Timers);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(24)]
    [InlineData(200)]
    public void Live_AnyWidth_NoLineOfTheBlockIsBroken(int width)
    {
        using var screen = new Screen(width);
        using (var console = new TuneConsole(Ansi(screen), live: true, _clock))
        {
            Play(console, 1, 50, end: false);
            Assert.Equal(
                ["step 50/400", "loss      ", "held out  ", "pace      ", "machine   "],
                screen
                    .Rows[^6..^1]
                    .Select(row => row[..Math.Min(row.Length, row.StartsWith("step", StringComparison.Ordinal) ? 11 : 10)].PadRight(10))
            );
        }
    }

    [Fact]
    public void Live_TerminalMadeNarrower_LeavesNoRemains()
    {
        using var console = Console(live: true);
        Play(console, 1, 50, end: false);
        var settings = _screen.Rows.TakeWhile(row => !row.StartsWith("step", StringComparison.Ordinal)).Count();
        foreach (var width in (int[])[70, 50, 30])
        {
            var broken = _screen.Rows.Take(settings).Count(row => row.Length > width);
            _screen.Narrow(width);
            settings += broken;
            _profile!.Width = width;
            _clock.Advance(1);
            Assert.Single(_screen.Rows, row => row.StartsWith("step 50/400", StringComparison.Ordinal));
            Assert.Single(_screen.Rows, row => row.StartsWith("machine", StringComparison.Ordinal));
            Assert.Equal(_screen.CursorRow, _screen.Rows.Length - 1);
        }
    }

    [Fact]
    public void Live_LongStep_TellsThatItIsAlive()
    {
        using var console = Console(live: true);
        Play(console, 1, 20, end: false);
        _clock.Advance(75);
        Assert.Contains(_screen.Rows, row => row.EndsWith("last step 1 min 15 s ago", StringComparison.Ordinal));
    }

    [Fact]
    public void Live_Disposed_DrawsNoMoreAndLeavesTheCursorBelow()
    {
        var console = Console(live: true);
        Play(console, 1, 5, end: false);
        console.Dispose();
        _screen.WriteLine("litre: the disk is full");
        _clock.Advance(5);
        console.OnStep(Step(6));
        Assert.Equal("litre: the disk is full", _screen.Rows[^2]);
        Assert.Single(_screen.Rows, row => row.StartsWith("machine", StringComparison.Ordinal));
        Assert.Equal(0, _clock.Timers);
    }

    [Fact]
    public void Plain_LongRun_PrintsTheFirstStepsAndThenOneLineATime()
    {
        using (var console = Console(live: false))
            Play(console, 1, Total);
        var steps = _screen
            .Rows.Where(row => row.StartsWith("step ", StringComparison.Ordinal))
            .Select(row => row[5..row.IndexOf('/', StringComparison.Ordinal)])
            .ToList();
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"{i}"), steps.Take(10));
        Assert.Equal("30", steps[10]); // half a second each
        Assert.Equal("400", steps[^1]);
        Assert.InRange(steps.Count, 28, 32);
        Assert.Equal(8, _screen.Rows.Count(row => row.StartsWith("held-out loss", StringComparison.Ordinal)));
    }

    [Fact]
    public void Plain_Output_HoldsNoControlSequence()
    {
        using var writer = new StringWriter();
        using (
            var console = new TuneConsole(
                AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(writer) }),
                live: false,
                _clock
            )
        )
            Play(console, 1, 30);
        Assert.DoesNotContain('\e', writer.ToString());
        Assert.DoesNotContain('\r', writer.ToString());
        Assert.Contains("step 30/400: loss ", writer.ToString());
    }

    [Fact]
    public void Start_WideTerminal_PutsShapesInAColumn()
    {
        using var screen = new Screen(140);
        using (var console = new TuneConsole(Ansi(screen), live: false, _clock))
            console.OnStart(Start(1));
        Assert.Contains(
            screen.Rows,
            row =>
                row.Contains("language_model.layers.*.self_attn.q_proj", StringComparison.Ordinal)
                && row.Contains("A (16, 2048), B (4096, 16)", StringComparison.Ordinal)
                && row.Contains("48", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData(
        2L << 30,
        "/big/features",
        "Image features are cached in memory (at most 2.0 GiB) and in /big/features (at most 20.0 GiB)."
    )]
    [InlineData(0L, "/big/features", "Image features are cached in /big/features (at most 20.0 GiB).")]
    [InlineData(1L << 30, null, "Image features are cached in memory (at most 1.0 GiB).")]
    [InlineData(0L, null, "Image features are not cached: the vision tower runs for every image in every pass.")]
    public void Start_FrozenTower_SaysWhereItsOutputsAreKept(long memory, string? folder, string line)
    {
        using var writer = new StringWriter();
        using (
            var console = new TuneConsole(
                AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(writer) }),
                live: false,
                _clock
            )
        )
            console.OnStart(Start(1) with { Features = new FeatureStorage(memory, folder, 20L << 30) });
        Assert.Contains(line, writer.ToString());
    }

    [Fact]
    public void End_Interrupted_SaysHowToGoOn()
    {
        using (var console = Console(live: true, resume: "litre tune --recipe runs/dishes/recipe.yaml --resume"))
        {
            Play(console, 41, 50, end: false);
            console.OnEnd(new TuneEnd(TuneEndReason.Interrupted, 50, "runs/dishes/checkpoint-50", null, null));
        }
        Assert.Contains(_screen.Rows, row => row.StartsWith("Resumes at step 41 of 400", StringComparison.Ordinal));
        Assert.Contains(_screen.Rows, row => row.StartsWith("Interrupted after step 50", StringComparison.Ordinal));
        Assert.Contains("  last checkpoint  runs/dishes/checkpoint-50", _screen.Rows);
        Assert.Equal("Resume with:", _screen.Rows[^3]);
        Assert.Equal("  litre tune --recipe runs/dishes/recipe.yaml --resume", _screen.Rows[^2]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Loss_NotANumber_IsShownAsSuch(bool live)
    {
        using (var console = Console(live))
        {
            console.OnStart(Start(1));
            console.OnStep(Step(1) with { Loss = double.NaN });
            _clock.Advance(1);
        }
        Assert.Contains(_screen.Rows, row => row.Contains("NaN", StringComparison.Ordinal));
    }

    [Fact]
    public void Message_MarkupAndLines_IsPrintedAsItIs()
    {
        using (var console = Console(live: true))
        {
            Play(console, 1, 3, end: false);
            console.OnMessage("row [red] of 菜谱.json\nis skipped");
        }
        Assert.Contains("row [red] of 菜谱.json is skipped", _screen.Rows);
    }

    [Fact]
    public void OnMessage_SettingsOfLowerLayers_AreOptions()
    {
        using (var console = Console(live: false))
            console.OnMessage("no checkpoint after this step; `resume` goes on from `output`");
        Assert.Contains("no checkpoint after this step; --resume goes on from --output", _screen.Rows);
    }

    private Profile? _profile;

    private TuneConsole Console(bool live, string? resume = null)
    {
        var console = Ansi(_screen);
        _profile = console.Profile;
        return new TuneConsole(console, live, _clock) { ResumeCommand = resume };
    }

    private static IAnsiConsole Ansi(Screen screen)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.Yes,
                ColorSystem = ColorSystemSupport.Standard,
                Out = new AnsiConsoleOutput(screen),
            }
        );
        console.Profile.Width = screen.Width;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    private static TuneStart Start(int firstStep) =>
        new(
            "runs/dishes",
            firstStep,
            Total,
            1234,
            120,
            [new TrainableModules("language_model.layers.*.self_attn.q_proj", 48, "A (16, 2048), B (4096, 16)", 4718592)],
            4_000_000_000
        );

    private static StepRecord Step(int step) =>
        new(
            step,
            Total,
            step / 100.0,
            1 + 2.0 / step,
            0.8,
            1e-4,
            7120,
            64,
            0.5,
            new MachineReading(73L << 30, 139L << 30, 98, 61, 512, 4L << 30)
        );

    private void Play(TuneConsole console, int first, int last, bool end = true)
    {
        console.OnStart(Start(first));
        for (var step = first; step <= last; step++)
        {
            _clock.Advance(0.5);
            console.OnStep(Step(step));
            if (step % 50 == 0)
                console.OnValidation(new ValidationRecord(step, 1 + 3.0 / step, true, 1));
            if (step % 100 == 0)
                console.OnCheckpoint($"runs/dishes/checkpoint-{step}", step);
        }
        if (end)
            console.OnEnd(new TuneEnd(TuneEndReason.Finished, last, $"runs/dishes/checkpoint-{last}", "runs/dishes/best", 1));
    }
}
