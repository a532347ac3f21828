using System.CommandLine;
using System.Globalization;
using Litre.Core;
using Litre.Planning;
using Litre.Torch;
using Litre.Torch.Loading;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>The options that say which machine a plan is for.</summary>
internal sealed class PlanTarget
{
    private readonly Option<string?> _machine = new("--machine")
    {
        Description =
            "Plan for another machine with nothing else running: "
            + $"{string.Join(", ", MachineProfiles.All.Select(m => m.Name))}. Default: this one as it is now.",
    };

    private readonly Option<string?> _memory = new("--memory")
    {
        Description = "Memory that is free, such as 24GiB, instead of what the machine says.",
    };

    public PlanTarget(Command command)
    {
        command.Options.Add(_machine);
        command.Options.Add(_memory);
    }

    /// <summary>Whether the plan is for this machine.</summary>
    public bool IsLocal(ParseResult parsed) => parsed.GetValue(_machine) is null;

    /// <summary>The machine, and the recipe with the type that follows from it where none was given.</summary>
    /// <exception cref="InputException">An option cannot be used.</exception>
    public PlanMachine Machine(ParseResult parsed, ref TuneSettings settings)
    {
        var memory = parsed.GetValue(_memory) is { } text ? Bytes(text) : (long?)null;
        if (parsed.GetValue(_machine) is { } name)
        {
            if (settings.Engine.Device.Length > 0 && !settings.Engine.Device.StartsWith("cuda", StringComparison.Ordinal))
                throw new InputException(
                    $"--device {settings.Engine.Device} and --machine {name}: the machines that can be named have CUDA "
                        + "devices; omit one of the two"
                );
            settings = Typed(settings, DeviceType.Cuda);
            return MachineProfiles.Described(MachineProfiles.Find(name), memory);
        }
        // A card of so much memory can be planned for where there is none.
        if (memory is { } bytes && settings.Engine.Device.StartsWith("cuda", StringComparison.Ordinal) && CudaDriver.DeviceCount == 0)
        {
            settings = Typed(settings, DeviceType.Cuda);
            return new PlanMachine("a CUDA device", DeviceType.Cuda, false, bytes, bytes, null, null);
        }
        var device = DeviceChoice.Choose(settings.Engine.Device);
        if (device.IsMeta)
            throw new InputException(
                $"--device {settings.Engine.Device}: say the device that will train, cpu or cuda; a plan always counts on meta"
            );
        settings = Typed(settings, device.Type);
        return LocalMachine.Describe(device, settings.Engine.DType, memory);
    }

    private static TuneSettings Typed(TuneSettings settings, DeviceType device) =>
        settings with
        {
            Engine = settings.Engine.ForDevice(device),
        };

    // 24GiB, 24564MiB, 24GB or a plain number of GiB.
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
