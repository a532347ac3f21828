using System.CommandLine;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Torch.Loading;
using Litre.Verification;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre verify adapters DIR --output OUT</c>: writes adapters and logits that PEFT checks.</summary>
internal sealed class VerifyAdaptersCommand : Command
{
    private readonly Argument<string> _folder = new("DIR") { Description = "A reference directory such as tests/reference/moe." };
    private readonly Option<string> _output = new("--output") { Description = "The folder to write the adapters to.", Required = true };

    public VerifyAdaptersCommand()
        : base("adapters", "Writes adapters of many kinds with their logits, for tests/peers/check_adapters.py.")
    {
        Arguments.Add(_folder);
        Options.Add(_output);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var folder = parsed.GetValue(_folder)!;
        if (!Directory.Exists(Path.Combine(folder, "model")))
            throw new InputException($"{folder}: has no model/ folder; give a directory laid out like tests/reference/dense");
        Libtorch.Load();
        var output = parsed.GetValue(_output)!;
        try
        {
            foreach (var written in PeerAdapters.Write(folder, output))
                Terminal.Output.MarkupLineInterpolated($"{written}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--output {output}: cannot be written ({e.Message.ReplaceLineEndings(" ")}); give a new folder", e);
        }
        return ExitCode.Success;
    }
}
