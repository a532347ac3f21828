using System.CommandLine;
using Litre.Core;
using Litre.Model;
using Litre.Torch;
using Litre.Torch.Loading;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary>The options that say where and in which type to compute, for every command that computes.</summary>
internal sealed class EngineOptions
{
    private readonly Option<string> _device = new("--device")
    {
        Description = "Where to compute: cpu, cuda, cuda:N, or meta (shapes only). Default: cuda where it is usable, else cpu.",
    };

    private readonly Option<string> _dtype = new("--dtype") { Description = "Type of the weights: float32 or bfloat16." };

    private readonly Option<string> _recompute = new("--recompute")
    {
        Description = "Layers that the backward runs again instead of keeping their activations: none, all, or how many.",
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
        _dtype.Description = "Type of the weights: float32 or bfloat16. Default: the checkpoint's own.";
        _dtype.TakesOneOf("float32", "bfloat16");
        command.Options.Add(_device);
        command.Options.Add(_dtype);
    }

    /// <summary>For commands without a backward, which take a checkpoint in its own type unless told otherwise.</summary>
    public static EngineOptions ForInference(Command command) => new(command);

    /// <summary>Loads libtorch and gives the device asked for.</summary>
    /// <exception cref="InputException">The device is not usable here.</exception>
    public Device Device(ParseResult parsed) => DeviceChoice.Choose(parsed.GetValue(_device));

    public DType DType(ParseResult parsed) => parsed.GetValue(_dtype) == "bfloat16" ? Torch.DType.BFloat16 : Torch.DType.Float32;

    /// <summary>The type asked for, or the checkpoint's own.</summary>
    /// <exception cref="InputException">The folder is no checkpoint.</exception>
    public DType DType(ParseResult parsed, string folder) => parsed.GetValue(_dtype) is null ? ModelFiles.TypeOf(folder) : DType(parsed);

    /// <exception cref="InputException">It is no number of layers.</exception>
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
            // Said below, as auto is.
        }
        throw new InputException($"--recompute {text}: expected none, all or a number of layers");
    }
}
