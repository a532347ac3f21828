using System.CommandLine;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Kernels;
using Litre.Torch;
using Litre.Verification;

namespace Litre.Cli.Commands;

/// <summary><c>litre verify reference DIR</c>: compares this program with values that transformers and peft computed.</summary>
internal sealed class VerifyReferenceCommand : Command
{
    private readonly Argument<string> _folder = new("DIR")
    {
        Description = "A directory with model/ and expected.safetensors, such as tests/reference/dense.",
    };

    private readonly EngineOptions _engine;

    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public VerifyReferenceCommand()
        : base("reference", "Compares positions, activations, gradients, training and merging with reference values.")
    {
        Arguments.Add(_folder);
        _engine = new EngineOptions(this, DType.Float32);
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var folder = parsed.GetValue(_folder)!;
        if (!Directory.Exists(folder))
            throw new InputException($"{folder}: no such directory; give one laid out like tests/reference/dense");
        if (!Directory.Exists(Path.Combine(folder, "model")))
            throw new InputException($"{folder}: has no model/ folder; give a directory laid out like tests/reference/dense");
        var (device, dtype) = (_engine.Device(parsed), _engine.DType(parsed));
        if (device.IsMeta)
            throw new InputException("--device meta: a meta device computes nothing to compare; use cpu or cuda");
        var rows = new ReferenceCheck(folder, device, dtype, _engine.Recompute(parsed).Recompute, KernelOptions.FromEnvironment()).Run();
        if (parsed.GetValue(_json))
            Console.Out.WriteLine(JsonSerializer.Serialize(rows, Json));
        else
            ReferenceTable.Write(Terminal.Output, folder, device, dtype, rows);
        return rows.All(r => r.Passed) ? ExitCode.Success : ExitCode.CheckFailed;
    }

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
