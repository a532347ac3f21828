using System.Diagnostics;
using Litre.Torch;
using Litre.Torch.Loading;
using Litre.Training.Governing;
using Litre.Training.Planning;
using Litre.Training.Tuning;

namespace Litre.Training.Diagnosis;

/// <summary>Everything that the doctor looks at, one group after the other.</summary>
public sealed record Checkup
{
    /// <summary>A run that stands for others where the user names none.</summary>
    public const string UsualModel = "Qwen3-VL-30B-A3B-Instruct";

    private const long LeastWeightsBytes = 64L << 20; // of a file that is worth reading to measure a disk

    /// <summary>The libtorch in use, or null where none loads.</summary>
    public required LibtorchInfo? Engine { get; init; }

    /// <summary>Where to run the operators.</summary>
    public required Device Device { get; init; }

    /// <summary>The folder that holds <c>proc</c> and <c>sys</c>: <c>/</c> on a real machine.</summary>
    public string Root { get; init; } = Environment.GetEnvironmentVariable(MachineSources.RootVariable) is { Length: > 0 } root ? root : "/";

    /// <summary>Where a run would write.</summary>
    public string Output { get; init; } = ".";

    /// <summary>The user's model; null for <see cref="UsualModel"/>.</summary>
    public PlanModel? Model { get; init; }

    /// <summary>Looks at everything, in some seconds.</summary>
    /// <param name="onGroup">Told each group as it is done.</param>
    public DiagnosisResult Run(Action<IReadOnlyList<Finding>> onGroup)
    {
        var clock = Stopwatch.StartNew();
        var gpus = GpuState.Current();
        var gpu = gpus.Devices.FirstOrDefault(d => Device.Type != DeviceType.Cuda || d.Index == Device.Index);
        using var sources = MachineSources.Open(Environment.ProcessId, gpu is null ? null : Torch.Cuda.CudaDriver.PciBusId(gpu));
        var reading = sources.Read();
        var findings = new List<Finding>();
        Add(MachineCheck.Look(Root, reading, gpus));
        var missing = Engine is null ? [] : LibtorchSymbols.Missing(Engine);
        var runs = Engine is not null && missing.Count == 0;
        IReadOnlyList<Finding> engine = EngineCheck.Look(Engine, Libtorch.Attempts, missing, gpus.Devices);
        Add(runs ? [.. engine, KernelCheck.Look(Device)] : engine);
        var rows = runs ? OperatorCheck.Run(Device, Random.Shared.Next()) : [];
        if (runs) Add(OperatorCheck.Findings(rows));
        Add(DiskCheck.Look(Output, CheckpointSpace.Of(Model ?? PlanModel.Open(UsualModel), new TuneSettings()), Model is not null, LargestFile(Model?.Folder)));
        Add(SensorCheck.Look(reading, new GovernorSettings(), gpu is not null));
        Add(NetworkCheck.Look(Root));
        return new DiagnosisResult(findings, rows, runs, clock.Elapsed.TotalSeconds);

        void Add(IReadOnlyList<Finding> group)
        {
            findings.AddRange(group);
            onGroup(group);
        }
    }

    private static string? LargestFile(string? folder) => folder is null ? null
        : new DirectoryInfo(folder).EnumerateFiles("*.safetensors").Where(f => f.Length >= LeastWeightsBytes).MaxBy(f => f.Length)?.FullName;
}
