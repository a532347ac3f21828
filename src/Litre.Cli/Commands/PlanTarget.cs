using System.CommandLine;
using System.Globalization;
using Litre.Core;
using Litre.Planning;
using Litre.Torch;
using Litre.Torch.Loading;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>The options for the machine that a plan is for.</summary>
internal sealed class PlanTarget
{
    private readonly Option<string?> _machine = new("--machine")
    {
        Description =
            "Plan for another machine on which nothing else runs: "
            + $"{string.Join(", ", MachineProfiles.All.Select(m => m.Name))}. Default: this machine in its current state.",
    };

    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "Free memory to plan with, such as 24GiB, instead of what this machine reports.",
    };

    public PlanTarget(Command command)
    {
        command.Options.Add(_machine);
        command.Options.Add(_memory);
    }

    /// <summary>Whether the plan is for this machine.</summary>
    public bool IsLocal(ParseResult parsed) => parsed.GetValue(_machine) is null;

    /// <summary>Returns the machine, and sets the data type that follows from it if none was given.</summary>
    /// <exception cref="InputException">An option cannot be used.</exception>
    public PlanMachine Machine(ParseResult parsed, ref TuneSettings settings)
    {
        var memory = parsed.GetValue(_memory) is { } text ? Bytes(text) : (long?)null;
        if (parsed.GetValue(_machine) is { } name)
        {
            if (settings.Engine.Device.Length > 0 && !settings.Engine.Device.StartsWith("cuda", StringComparison.Ordinal))
                throw new InputException(
                    $"--device {settings.Engine.Device} and --machine {name}: all known machines have CUDA " + "devices; omit one of them"
                );
            settings = Typed(settings, DeviceType.Cuda);
            return MachineProfiles.Described(MachineProfiles.Find(name), memory);
        }
        // A plan for a GPU of the given memory needs no GPU on this machine.
        if (memory is { } bytes && settings.Engine.Device.StartsWith("cuda", StringComparison.Ordinal) && CudaDriver.DeviceCount == 0)
        {
            settings = Typed(settings, DeviceType.Cuda);
            return new PlanMachine("a CUDA device", DeviceType.Cuda, false, bytes, bytes, null, null);
        }
        var device = DeviceChoice.Choose(settings.Engine.Device);
        if (device.IsMeta)
            throw new InputException(
                $"--device {settings.Engine.Device}: give the device that will train, cpu or cuda; a plan always counts on the meta device"
            );
        settings = Typed(settings, device.Type);
        return LocalMachine.Describe(device, settings.Engine.DType, memory);
    }

    private static TuneSettings Typed(TuneSettings settings, DeviceType device) =>
        settings with
        {
            Engine = settings.Engine.ForDevice(device),
        };

    // Accepts 24GiB, 24564MiB, 24GB or a plain number of GiB.
    internal static long Bytes(string text)
    {
        var digits = text.TrimEnd().TrimEnd([.. "GMKTiBgmktb "]);
        var unit = text.Trim()[digits.Trim().Length..].Trim().ToUpperInvariant();
        double? scale = unit switch
        {
            "" or "G" or "GIB" => 1L << 30,
            "GB" => 1e9,
            "M" or "MIB" => 1L << 20,
            "MB" => 1e6,
            "T" or "TIB" => 1L << 40,
            _ => null,
        };
        return
            scale is { } s
            && double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number > 0
            && number < 1e6
            ? (long)(number * s)
            : throw new InputException($"--memory {text}: expected an amount such as 24GiB");
    }
}
