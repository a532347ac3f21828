using System.CommandLine;
using Litre.Core;
using Litre.Model;
using Litre.Torch;
using Litre.Torch.Loading;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>The options for device and data type, for every command that computes.</summary>
internal sealed class EngineOptions
{
    private readonly Option<string> _device = new("--device")
    {
        Description = "Device: cpu, cuda, cuda:N, or meta (shapes only). Default: cuda if available, else cpu.",
    };

    private readonly Option<string> _dtype = new("--dtype") { Description = "Data type of the weights: float32 or bfloat16." };

    private readonly Option<string> _recompute = new("--recompute")
    {
        Description = "Layers whose activations are recomputed in the backward pass instead of kept: none, all, or a number.",
        DefaultValueFactory = _ => "none",
    };

    public EngineOptions(Command command, DType defaultType)
    {
        _dtype.DefaultValueFactory = _ => defaultType.Name();
        _dtype.TakesOneOf("float32", "bfloat16");
        command.Options.Add(_device);
        command.Options.Add(_dtype);
        command.Options.Add(_recompute);
    }

    private EngineOptions(Command command)
    {
        _dtype.Description = "Data type of the weights: float32 or bfloat16. Default: that of the checkpoint.";
        _dtype.TakesOneOf("float32", "bfloat16");
        command.Options.Add(_device);
        command.Options.Add(_dtype);
    }

    /// <summary>For commands without a backward pass: without <c>--dtype</c> they use the checkpoint's own type.</summary>
    public static EngineOptions ForInference(Command command) => new(command);

    /// <summary>Loads libtorch and returns the requested device.</summary>
    /// <exception cref="InputException">The device is not usable here.</exception>
    public Device Device(ParseResult parsed) => DeviceChoice.Choose(parsed.GetValue(_device));

    public DType DType(ParseResult parsed) => parsed.GetValue(_dtype) == "bfloat16" ? Torch.DType.BFloat16 : Torch.DType.Float32;

    /// <summary>Returns the requested type, or that of the checkpoint.</summary>
    /// <exception cref="InputException">The folder is not a checkpoint.</exception>
    public DType DType(ParseResult parsed, string folder) => parsed.GetValue(_dtype) is null ? ModelFiles.TypeOf(folder) : DType(parsed);

    /// <exception cref="InputException">The value is not a number of layers.</exception>
    public RecomputeSetting Recompute(ParseResult parsed)
    {
        var text = parsed.GetValue(_recompute)!;
        try
        {
            if (RecomputeSetting.Parse(text) is { Layers: not null } setting)
                return setting;
        }
        catch (FormatException)
        {
            // Reported below, like auto.
        }
        throw new InputException($"--recompute {text}: expected none, all or a number of layers");
    }
}
