using System.CommandLine;
using Litre.Cli.Rendering;
using Litre.Torch;
using Litre.Torch.Cuda;
using Litre.Torch.Loading;

namespace Litre.Cli.Commands;

/// <summary><c>litre doctor</c>: what of this machine Litre will use, and why.</summary>
internal sealed class DoctorCommand : Command
{
    private readonly Option<bool> _libtorch = new("--libtorch")
    {
        Description = "Only the engine: where libtorch was looked for, which was taken and why.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON for other programs to read." };

    public DoctorCommand() : base("doctor", "Shows which libtorch and which devices Litre uses here, and why.")
    {
        Options.Add(_libtorch);
        Options.Add(_json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        LibtorchInfo? loaded = null;
        InputException? failure = null;
        try
        {
            loaded = Libtorch.Load();
        }
        catch (InputException missing)
        {
            failure = missing;
        }

        // Where nothing loads, the table of what was tried is the answer, so it is printed before the error.
        if (parsed.GetValue(_json)) EngineReport.WriteJson(Console.Out, loaded, Libtorch.Attempts, CudaDriver.Devices);
        else EngineReport.Write(Terminal.Output, loaded, Libtorch.Attempts, CudaDriver.Devices);
        return failure is null ? ExitCode.Success : throw failure;
    }
}
