using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Machine.Setup;

namespace Litre.Cli.Commands;

/// <summary><c>litre setup</c>: installs the libtorch that fits this machine, without Python.</summary>
internal sealed class SetupCommand : Command
{
    private readonly Option<string> _index = new("--index")
    {
        Description = "Source of PyTorch's wheels: the URL of an index in the format of PyTorch's, or a folder of wheels.",
        DefaultValueFactory = _ => LibtorchSetup.DefaultIndex,
    };

    private readonly Option<string?> _version = new("--version")
    {
        Description = "PyTorch version, such as 2.11.0. Default: the newest stable version.",
    };

    private readonly Option<string> _cuda = new("--cuda")
    {
        Description = "The CUDA build, such as cu130 or cu126; auto chooses one that the driver and the device support.",
        DefaultValueFactory = _ => LibtorchSetup.Auto,
    };

    private readonly Option<bool> _cpu = new("--cpu") { Description = "Install the build without CUDA." };

    private readonly Option<string> _output = new("--output")
    {
        Description = "The folder to install into; any other than the default must be named in LITRE_LIBTORCH.",
        DefaultValueFactory = _ => LibtorchSetup.DefaultOutput,
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only print what would be downloaded." };
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public SetupCommand()
        : base("setup", "Installs the libtorch that fits this machine from PyTorch's official wheels; Python is neither used nor changed.")
    {
        foreach (var option in (Option[])[_index, _version, _cuda, _cpu, _output, _dryRun, _json])
            Options.Add(option);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var (cuda, cpu) = (parsed.GetValue(_cuda)!, parsed.GetValue(_cpu));
        if (cpu && cuda != LibtorchSetup.Auto)
            throw new InputException($"--cpu and --cuda {cuda}: only one build can be installed; omit one of them");
        using var stop = new StopSignal("stopping; downloaded data are kept, and nothing is installed");
        var console = new SetupConsole();
        SetupResult result;
        try
        {
            result = await LibtorchSetup.RunAsync(
                new SetupSettings
                {
                    Index = parsed.GetValue(_index)!,
                    Version = parsed.GetValue(_version),
                    Cuda = cpu ? "cpu" : cuda,
                    Output = parsed.GetValue(_output)!,
                    DryRun = parsed.GetValue(_dryRun),
                    VerifyAsync = LibtorchProbe.RunAsync,
                    Notice = console.WriteLine,
                    Progress = console.Show,
                },
                stop.Token
            );
        }
        finally
        {
            console.Clear();
        }
        if (parsed.GetValue(_json))
            Console.Out.WriteLine(JsonSerializer.Serialize(result, Json));
        else
            SetupConsole.Write(Console.Out, result);
        return ExitCode.Success;
    }

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
