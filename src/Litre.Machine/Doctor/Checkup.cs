using System.Diagnostics;
using Litre.Core;
using Litre.Kernels;
using Litre.Machine.Governing;
using Litre.Torch;
using Litre.Torch.Loading;

namespace Litre.Machine.Doctor;

/// <summary>All checks of the doctor, one group after the other.</summary>
public sealed record Checkup
{
    private const long MinWeightsBytes = 64L << 20; // the smallest file that is used to measure a disk

    /// <summary>The libtorch in use, or null if none loads.</summary>
    public required LibtorchInfo? Engine { get; init; }

    /// <summary>The device on which to run the operators.</summary>
    public required Device Device { get; init; }

    /// <summary>The kernels that runs may use here.</summary>
    public KernelOptions Kernels { get; init; } = KernelOptions.Default;

    /// <summary>The folder that contains <c>proc</c> and <c>sys</c>: <c>/</c> on a real machine.</summary>
    public string Root { get; init; } = HostEnvironment.Read(HostEnvironment.Machine) ?? "/";

    /// <summary>The folder in which a run would write.</summary>
    public string Output { get; init; } = ".";

    /// <summary>The disk space for checkpoints of the user's run, or of a typical run.</summary>
    public required CheckpointSpace Space { get; init; }

    /// <summary>Whether the user named that run.</summary>
    public bool IsAsked { get; init; }

    /// <summary>The folder of the user's model, to measure how fast it is read; null if none is named.</summary>
    public string? ModelFolder { get; init; }

    /// <summary>Runs all checks, which takes a few seconds.</summary>
    /// <param name="onGroup">Called with each group of findings when it is complete.</param>
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

/// <summary>The disk space for the checkpoints of a run.</summary>
/// <param name="Run">A short description of the run.</param>
/// <param name="CheckpointBytes">The size of one checkpoint.</param>
/// <param name="Checkpoints">The maximum number that exist at the same time.</param>
/// <param name="WeightBytes">The size of the model's files.</param>
public sealed record CheckpointSpace(string Run, long CheckpointBytes, int Checkpoints, long WeightBytes)
{
    /// <summary>The part of a checkpoint that <c>best/</c> also contains: the adapter, or the weights.</summary>
    public long WeightFileBytes { get; init; }

    public long TotalBytes => CheckpointBytes * Checkpoints;
}
