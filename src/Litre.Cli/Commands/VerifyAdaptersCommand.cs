using System.CommandLine;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Torch.Loading;
using Litre.Verification;
using Spectre.Console;

namespace Litre.Cli.Commands;

/// <summary><c>litre verify adapters DIR --output OUT</c>: adapters and logits for PEFT to check.</summary>
internal sealed class VerifyAdaptersCommand : Command
{
    private readonly Argument<string> _folder = new("DIR") { Description = "A reference directory, as tests/reference/moe." };
    private readonly Option<string> _output = new("--output") { Description = "Where the adapters are written.", Required = true };

    public VerifyAdaptersCommand()
        : base("adapters", "Writes adapters of many forms with their logits, for tests/peers/check_adapters.py.")
    {
        Arguments.Add(_folder);
        Options.Add(_output);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        var folder = parsed.GetValue(_folder)!;
        if (!Directory.Exists(Path.Combine(folder, "model")))
            throw new InputException($"{folder}: has no model/ folder; expected a directory laid out as tests/reference/dense");
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
