using System.Globalization;
using Litre.Core;
using Litre.Planning;
using Litre.Torch;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>A plan as text: memory by phase, verdict, settings, time.</summary>
internal static class PlanReport
{
    private const int TensorsShown = 15;
    private const int WideColumns = 110; // terminal width from which the whole origin of a tensor is shown
    private const int TableColumns = 76; // on narrower terminals, one line per phase

    private static readonly (MemoryUse Use, string Label)[] Rows =
    [
        (MemoryUse.Weights, "weights"),
        (MemoryUse.Adapters, "adapters"),
        (MemoryUse.Gradients, "gradients"),
        (MemoryUse.Optimizer, "optimizer"),
        (MemoryUse.Saved, "saved activations"),
        (MemoryUse.Working, "working buffers"),
        (MemoryUse.Inputs, "model inputs"),
        (MemoryUse.Caches, "key/value caches"),
        (MemoryUse.Features, "vision outputs"),
    ];

    public static void Write(IAnsiConsole console, Plan plan)
    {
        WriteHead(console, plan);
        WriteTable(console, plan);
        WriteVerdict(console, plan);
        DiskReport.Write(console, plan);
        WriteChoice(console, plan);
        foreach (var warning in RunWarnings.Of(plan).Lines())
            console.MarkupLineInterpolated($"[yellow]Warning:[/] {OptionText.Render(warning)}");
    }

    /// <summary>Writes the largest tensors of a phase, with equal ones grouped.</summary>
    public static void WriteTensors(IAnsiConsole console, PhaseMemory phase)
    {
        var groups = PlanTensors.Group(phase);
        var table = new Table().Border(TableBorder.Simple).Title($"[bold]largest tensors at the peak of {phase.Name}[/]");
        foreach (var title in (string[])["GiB", "count"])
            table.AddColumn(new TableColumn(title).RightAligned().NoWrap());
        foreach (var title in (string[])["each", "use", "allocated in"])
            table.AddColumn(title);
        foreach (var group in groups.Take(TensorsShown))
        {
            var origin = group.Origin ?? "";
            if (console.Profile.Width < WideColumns)
                origin = origin.Split(' ')[0];
            table.AddRow(
                GiB(group.Bytes, 2),
                Count(group.Count),
                Terminal.Escape($"{group.Shape} {group.DType}"),
                group.Use.ToString().ToLowerInvariant(),
                Terminal.Escape(origin)
            );
        }
        if (groups.Count > TensorsShown)
            table.AddRow(
                GiB(groups.Skip(TensorsShown).Sum(g => g.Bytes), 2),
                Count(groups.Skip(TensorsShown).Sum(g => g.Count)),
                "[grey]all others[/]",
                "",
                ""
            );
        console.Write(table);
    }

    /// <summary>Writes what a run needed next to what was planned.</summary>
    public static void WriteOutcome(IAnsiConsole console, Plan plan, PlanActuals outcome)
    {
        var digits = Digits(plan);
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("quantity").NoWrap());
        foreach (var title in (string[])["planned", "measured"])
            table.AddColumn(new TableColumn(title).RightAligned().NoWrap());
        table.AddRow("tensors, GiB", GiB(plan.TrainingTensorBytes, digits), GiB(outcome.TensorBytes, digits));
        if (outcome.UsedBytes is { } used)
            table.AddRow(
                plan.Machine.Kernels == DeviceType.Cuda ? "device memory in use, GiB" : "memory of the process, GiB",
                GiB(plan.TrainingBytes, digits),
                GiB(used, digits)
            );
        if (outcome.StepSeconds is { } step && plan.Time is { } time)
            table.AddRow("time per step", Duration(time.MeanStepSeconds), Duration(step));
        console.Write(table);
    }

    private static void WriteHead(IAnsiConsole console, Plan plan)
    {
        var (settings, batches) = (plan.Settings, plan.Batches);
        var trained = settings.Trainable.Full
            ? "all weights"
            : $"adapters of rank {settings.Trainable.LoraRank} on {string.Join(", ", settings.Trainable.Targets)}";
        var share = $"{Short(plan.Parameters.Trainable)} of {Short(plan.Parameters.All)} parameters";
        console.MarkupLineInterpolated(
            $"[bold]{plan.Request.Model}[/] on {plan.Machine.Name}, {settings.Engine.DType.Name()}: {trained}, {share}"
        );
        var held = plan.Request.Data.Validation.Count + plan.Request.Data.Test.Count;
        var train = plan.Request.Data.Train.Count - batches.LeftOut;
        var steps = Units.Count(batches.StepsPerEpoch, "step");
        var tokens = Units.Count(batches.TokensPerEpoch, "token");
        console.MarkupLineInterpolated($"{Units.Count(train, "training sample")}, {Count(held)} held out; {tokens} per epoch in {steps}");
        if (batches.LeftOut > 0)
        {
            var why = $"longer than {Count(settings.Batches.LongestSample)} tokens, or without an answer";
            console.MarkupLineInterpolated($"[yellow]{Units.Count(batches.LeftOut, "sample")} will be left out:[/] {why}");
        }
    }

    private static void WriteTable(IAnsiConsole console, Plan plan)
    {
        var digits = Digits(plan);
        if (console.Profile.Width < TableColumns)
        {
            foreach (var phase in plan.Phases)
            {
                var parts = Rows.Where(r => phase.Parts.GetValueOrDefault(r.Use) > 0)
                    .Select(r => $"{r.Label} {GiB(phase.Parts[r.Use], digits)}")
                    .Append($"outside tensors * {GiB(phase.OutsideBytes(plan.Machine.Kernels), digits)}");
                console.MarkupLine($"{phase.Name} {Peak(phase, plan, digits)} [bold]GiB[/]: {string.Join(", ", parts)}");
            }
            WriteEstimate(console, plan);
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("GiB").NoWrap());
        foreach (var phase in plan.Phases)
            table.AddColumn(new TableColumn(phase == plan.Peak ? $"[bold]{phase.Name}[/]" : phase.Name).RightAligned().NoWrap());
        foreach (var (use, label) in Rows)
        {
            var cells = plan.Phases.Select(p => p.Parts.GetValueOrDefault(use)).ToArray();
            if (cells.All(c => c == 0))
                continue;
            table.AddRow([label, .. cells.Select(c => c == 0 ? "" : GiB(c, digits))]);
        }
        table.AddRow(["outside tensors *", .. plan.Phases.Select(p => GiB(p.OutsideBytes(plan.Machine.Kernels), digits))]);
        table.AddRow(["[bold]peak[/]", .. plan.Phases.Select(p => Peak(p, plan, digits))]);
        console.Write(table);
        WriteEstimate(console, plan);
    }

    private static void WriteEstimate(IAnsiConsole console, Plan plan)
    {
        var what =
            plan.Machine.Kernels == DeviceType.Cuda
                ? "CUDA context, kernel workspaces, allocator rounding"
                : "the program itself, allocator rounding";
        console.MarkupLineInterpolated($"[grey]* estimated: {what}. Everything else is counted.[/]");
    }

    private static string Peak(PhaseMemory phase, Plan plan, int digits)
    {
        var total = phase.TotalBytes(plan.Machine.Kernels);
        return $"[bold{(total > plan.Machine.BudgetBytes ? " red" : "")}]{GiB(total, digits)}[/]";
    }

    private static void WriteVerdict(IAnsiConsole console, Plan plan)
    {
        var machine = plan.Machine;
        var free = $"{Terminal.GiB(machine.FreeBytes)} are free, of which {Terminal.GiB(machine.ReserveBytes)} stay reserved";
        if (plan.FitsMemory)
        {
            var beside = machine.IsShared ? "" : $" The host also needs {Terminal.GiB(plan.HostBytes)}.";
            console.MarkupLineInterpolated($"[green]Fits:[/] at most {Terminal.GiB(plan.PeakBytes)}, in {plan.Peak.Name}; {free}.{beside}");
        }
        else if (plan.MissingBytes > 0)
        {
            var (needed, missing) = (Terminal.GiB(plan.PeakBytes), Terminal.GiB(plan.MissingBytes));
            console.MarkupLineInterpolated(
                $"[red]Does not fit:[/] {plan.Peak.Name} needs {needed}; {free}. [red]{missing} are missing.[/]"
            );
        }
        if (plan.Machine.HostFreeBytes is { } host && plan.HostBytes > host)
            console.MarkupLineInterpolated(
                $"[red]Does not fit:[/] the host also needs {Terminal.GiB(plan.HostBytes)}; {Terminal.GiB(host)} are free."
            );
        if (plan.FitsMemory)
            return;
        var weights = plan.Peak.Parts.GetValueOrDefault(MemoryUse.Weights);
        if (weights > machine.BudgetBytes)
            console.MarkupLineInterpolated($"The weights alone need {Terminal.GiB(weights)}.");
        WriteAlternatives(console, plan);
    }

    private static void WriteAlternatives(IAnsiConsole console, Plan plan)
    {
        if (plan.Alternatives.Count > 0)
        {
            console.WriteLine("These would fit here:");
            foreach (var other in plan.Alternatives)
            {
                var model = other.Model == plan.Request.Model ? "this model" : other.Model;
                var change =
                    other.Change.Length == 0
                        ? ""
                        : (other.Change.StartsWith("without", StringComparison.Ordinal) ? " " : " with ") + OptionText.Render(other.Change);
                console.MarkupLineInterpolated($"  {Terminal.GiB(other.TotalBytes), 10}  {model}{change}");
            }
        }
        else
            console.WriteLine("No settings of this model and no smaller model of its family would fit here.");
        if (plan.OtherMachines.Count > 0)
            console.MarkupLineInterpolated($"Unchanged, the run would fit on {string.Join(", ", plan.OtherMachines)}.");
    }

    private static void WriteChoice(IAnsiConsole console, Plan plan)
    {
        var (settings, layers) = (plan.Settings, plan.Request.Config.Text.Layers);
        var recomputed =
            plan.RecomputedLayers == 0 ? "no layer recomputed"
            : plan.RecomputedLayers == layers ? $"all {layers} layers recomputed"
            : $"{plan.RecomputedLayers} of {layers} layers recomputed";
        var head = plan.FitsMemory ? "Settings:" : "Counted with the settings that need the least memory:";
        var passes = $"passes of {Count(settings.Batches.MicroBatchTokens)} tokens, {settings.Batches.GradientAccumulation} per step";
        console.MarkupLineInterpolated($"{head} {passes}; {recomputed}{(Vision(plan) is { } vision ? $"; {vision}" : "")}.");
        if (!plan.FitsMemory)
            return;
        if (plan.Time is not { } time)
        {
            console.MarkupLineInterpolated($"Time: unknown, because no rates are known for {plan.Machine.Name}.");
            return;
        }
        var measured = plan.Machine.Rates!.IsMeasured ? "measured on this machine just now" : "from the vendor's specifications";
        var all =
            settings.Batches.MaxSteps > 0
                ? Units.Count(time.TotalSteps, "step")
                : $"{settings.Batches.Epochs.ToString("0.##", CultureInfo.InvariantCulture)} epochs";
        var later =
            time.KeptShare > 0 && time.TotalSteps > time.StepsPerEpoch ? $", {Duration(time.LaterStepSeconds)} after the first epoch" : "";
        var (step, epoch, whole) = (Duration(time.First.Seconds), Duration(time.FirstEpochSeconds), Duration(time.TrainingSeconds));
        console.MarkupLineInterpolated(
            $"Time: about {step} per step{later}; {epoch} for the first epoch, {whole} for {all}. {Bound(time.First)}. Rates: {measured}."
        );
    }

    private static string? Vision(Plan plan)
    {
        if (plan.Request.Data.DistinctPatches == 0)
            return null;
        if (plan.FeatureBytes == 0)
            return "the vision tower is trained and runs in every pass";
        if (plan.KeptFeatureBytes == 0 && plan.DiskFeatureBytes == 0)
            return "the vision tower runs in every pass";
        var where = plan.Machine.Kernels == DeviceType.Cuda && !plan.Machine.IsShared ? "on the host" : "in memory";
        string?[] places = [Part(plan.KeptFeatureBytes, where), Part(plan.DiskFeatureBytes, "on disk")];
        var once = Math.Max(plan.KeptFeatureBytes, plan.DiskFeatureBytes) == plan.FeatureBytes ? "each image encoded once, " : "";
        return $"{(once.Length > 0 ? once + "its features" : "image features")} kept " + $"{string.Join(" and ", places.OfType<string>())}";

        string? Part(long bytes, string place) =>
            bytes == 0 ? null
            : bytes == plan.FeatureBytes ? $"{place} ({Terminal.GiB(bytes)})"
            : $"{place} for {(100.0 * bytes / plan.FeatureBytes).ToString("0", CultureInfo.InvariantCulture)} % of "
                + $"the images ({Terminal.GiB(bytes)})";
    }

    private static string Bound(StepTime time) =>
        time.Bound switch
        {
            PlanBound.Arithmetic =>
                $"Bound by arithmetic ({Share(time.ArithmeticSeconds, time)}, memory {Share(time.TrafficSeconds, time)})",
            PlanBound.Bandwidth =>
                $"Bound by memory bandwidth ({Share(time.TrafficSeconds, time)}, arithmetic {Share(time.ArithmeticSeconds, time)})",
            PlanBound.Operators => "Bound by launching operators, which are small",
            _ => "Bound by decoding images",
        };

    private static string Share(double seconds, StepTime time) =>
        (seconds / time.ComputeSeconds).ToString("0 %", CultureInfo.InvariantCulture);

    internal static string Duration(double seconds) =>
        seconds switch
        {
            < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms"),
            < 100 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
            < 6000 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
            < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86400:0.0} days"),
        };

    private static string Short(long number) =>
        number switch
        {
            < 1_000_000 => Count(number),
            < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1e6:0.0}M"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{number / 1e9:0.0}B"),
        };

    // With one digit, small models would show zeros only.
    private static int Digits(Plan plan) =>
        plan.PeakBytes switch
        {
            < 1L << 30 => 3,
            < 10L << 30 => 2,
            _ => 1,
        };

    private static string GiB(long bytes, int digits) => (bytes / (double)(1L << 30)).ToString($"F{digits}", CultureInfo.InvariantCulture);

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
