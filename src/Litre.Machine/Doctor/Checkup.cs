using System.Diagnostics;
using Litre.Core;
using Litre.Kernels;
using Litre.Machine.Governing;
using Litre.Torch;
using Litre.Torch.Loading;

namespace Litre.Machine.Doctor;

/// <summary>Everything that the doctor looks at, one group after the other.</summary>
public sealed record Checkup
{
    private const long MinWeightsBytes = 64L << 20; // of a file that is worth reading to measure a disk

    /// <summary>The libtorch in use, or null where none loads.</summary>
    public required LibtorchInfo? Engine { get; init; }

    /// <summary>Where to run the operators.</summary>
    public required Device Device { get; init; }

    /// <summary>Which kernels runs may use here.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;

    /// <summary>The folder that holds <c>proc</c> and <c>sys</c>: <c>/</c> on a real machine.</summary>
    public string Root { get; init; } = HostEnvironment.Read(HostEnvironment.Machine) ?? "/";

    /// <summary>Where a run would write.</summary>
    public string Output { get; init; } = ".";

    /// <summary>What the checkpoints of the user's run take, or of one that stands for others.</summary>
    public required CheckpointSpace Space { get; init; }

    /// <summary>Whether that run is the user's own.</summary>
    public bool IsAsked { get; init; }

    /// <summary>The folder of the user's model, to measure how fast it is read; null where none is named.</summary>
    public string? ModelFolder { get; init; }

    /// <summary>Looks at everything, in some seconds.</summary>
    /// <param name="onGroup">Told each group as it is done.</param>
    public DiagnosisResult Run(Action<IReadOnlyList<Finding>> onGroup)
    {
        var clock = Stopwatch.StartNew();
        var gpus = GpuState.Current();
        var gpu = gpus.Devices.FirstOrDefault(d => Device.Type != DeviceType.Cuda || d.Index == Device.Index);
        using var sources = MachineSources.Open(Environment.ProcessId, gpu is null ? null : Torch.CudaDriver.PciBusId(gpu));
        var reading = sources.Read();
        var findings = new List<Finding>();
        Add(MachineCheck.Check(Root, reading, gpus));
        var missing = Engine is null ? [] : LibtorchSymbols.FindMissing(Engine);
        var runs = Engine is not null && missing.Count == 0;
        IReadOnlyList<Finding> engine = EngineCheck.Check(Engine, Libtorch.Attempts, missing, gpus.Devices);
        Add(runs ? [.. engine, KernelCheck.Check(Device, Kernels)] : engine);
        var rows = runs ? OperatorCheck.Run(Device, Random.Shared.Next(), Kernels) : [];
        if (runs)
            Add(OperatorCheck.Findings(rows));
        Add(DiskCheck.Check(Output, Space, IsAsked, LargestFile(ModelFolder)));
        Add(SensorCheck.Check(reading, new GovernorSettings(), gpu is not null));
        Add(NetworkCheck.Check(Root));
        return new DiagnosisResult(findings, rows, runs, clock.Elapsed.TotalSeconds);

        void Add(IReadOnlyList<Finding> group)
        {
            findings.AddRange(group);
            onGroup(group);
        }
    }

    private static string? LargestFile(string? folder) =>
        folder is null
            ? null
            : new DirectoryInfo(folder)
                .EnumerateFiles("*.safetensors")
                .Where(f => f.Length >= MinWeightsBytes)
                .MaxBy(f => f.Length)
                ?.FullName;
}

/// <summary>What the checkpoints of a run take on the disk.</summary>
/// <param name="Run">Which run, in a few words.</param>
/// <param name="CheckpointBytes">One checkpoint.</param>
/// <param name="Checkpoints">The most that are there at once.</param>
/// <param name="WeightBytes">The model's own files.</param>
public sealed record CheckpointSpace(string Run, long CheckpointBytes, int Checkpoints, long WeightBytes)
{
    /// <summary>The part of a checkpoint that <c>best/</c> has too: the adapter, or the weights.</summary>
    public long WeightFileBytes { get; init; }

    public long TotalBytes => CheckpointBytes * Checkpoints;
}
