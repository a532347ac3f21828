using System.CommandLine;
using Litre.Cli.Errors;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Kernels;
using Litre.Machine.Doctor;
using Litre.Model.Families;
using Litre.Model.Hub;
using Litre.Planning;
using Litre.Torch;
using Litre.Torch.Loading;
using Litre.Training.Tuning;

namespace Litre.Cli.Commands;

/// <summary><c>litre doctor</c>: reports whether this machine is ready for a run, with measurements and remedies.</summary>
internal sealed class DoctorCommand : Command
{
    private readonly Option<bool> _libtorch = new("--libtorch")
    {
        Description = "Only the engine: where libtorch was searched for, which one is used, and why.",
    };

    private readonly Option<string?> _device = new("--device")
    {
        Description = "Device to check the operators on: cpu, cuda or cuda:N. Default: cuda if available, else cpu.",
    };
    private readonly Option<string?> _model = new("--model")
    {
        Description =
            $"Model whose checkpoints the disk must hold: a folder, a config.json or a published size. Default: "
            + $"{ModelFamilies.UsualModel}.",
    };
    private readonly Option<string> _output = new("--output")
    {
        Description = "Folder where runs will be written.",
        DefaultValueFactory = _ => ".",
    };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "Also list each operator with its numeric error." };
    private readonly Option<bool> _json = new("--json") { Description = "Print machine-readable JSON." };

    public DoctorCommand()
        : base("doctor", "Reports whether this machine is ready (engine, operators, disk, sensors, network), and what to do.")
    {
        foreach (var option in (Option[])[_libtorch, _device, _model, _output, _verbose, _json])
            Options.Add(option);
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

        // If nothing loads, the attempts are part of the answer, so they are printed before the error.
        if (parsed.GetValue(_libtorch))
        {
            if (parsed.GetValue(_json))
                EngineReport.WriteJson(Console.Out, loaded, Libtorch.Attempts, CudaDriver.Devices);
            else
                EngineReport.Write(Terminal.Output, loaded, Libtorch.Attempts, CudaDriver.Devices);
            return failure is null ? ExitCode.Success : throw failure;
        }
        return Examine(parsed, loaded, failure);
    }

    private int Examine(ParseResult parsed, LibtorchInfo? loaded, InputException? failure)
    {
        var device = loaded is null ? Device.Cpu : DeviceChoice.Choose(parsed.GetValue(_device));
        if (device.IsMeta)
            throw new InputException($"--device {device}: a meta device computes nothing; use cpu or cuda");
        if (parsed.GetValue(_output) is not { Length: > 0 })
            throw new InputException("--output: the name is empty; give a folder, or omit the option");
        var report = new DoctorReport(Terminal.Output);
        var json = parsed.GetValue(_json);
        var model = parsed.GetValue(_model) is { } named ? PlanModel.Open(ModelFolder.Resolve(named)) : null;
        var checkup = new Checkup
        {
            Engine = loaded,
            Device = device,
            Kernels = KernelOptions.FromEnvironment(),
            Output = parsed.GetValue(_output)!,
            Space = RunSpace.Of(model ?? PlanModel.Open(ModelFamilies.UsualModel), new TuneSettings()),
            IsAsked = model is not null,
            ModelFolder = model?.Folder,
        };
        var result = checkup.Run(findings =>
        {
            if (!json)
                report.Write(findings, Title(findings[0].Group, device));
        });
        if (json)
            Console.Out.WriteLine(DoctorJson.Text(result, device, loaded, Libtorch.Attempts, CudaDriver.Devices));
        else
        {
            if (parsed.GetValue(_verbose))
                report.WriteOperators(result.Operators);
            report.WriteVerdict(result);
        }
        if (failure is not null)
            throw failure;
        return !result.EngineRuns ? throw NotReady(result)
            : result.IsReady ? ExitCode.Success
            : ExitCode.CheckFailed;
    }

    private static InputException NotReady(DiagnosisResult result)
    {
        var finding = result.Findings.First(f => f.Group == FindingGroup.Engine && f.Level == FindingLevel.Problem);
        return new InputException($"libtorch {finding.Evidence}; {finding.Advice}");
    }

    private static string Title(FindingGroup group, Device device) =>
        group == FindingGroup.Operators ? $"Operators on {device}, compared with float64 on the CPU" : group.ToString();
}
