using Litre.Machine.Sensors;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>Measures a run for comparison with its plan. Must be created before the run uses its device.</summary>
/// <param name="device">The device of the run.</param>
public sealed class PlanActuals(Device device) : ITuneObserver
{
    private readonly UsedMemory _used = new(device);
    private readonly List<double> _seconds = [];

    /// <summary>The peak of allocated tensor bytes during training, as the program counted them.</summary>
    public long TensorBytes { get; private set; }

    /// <summary>The memory used on the device for the run, or by the process on the CPU; null if it is not reported.</summary>
    public long? UsedBytes { get; private set; }

    /// <summary>Median time of the steps, without the first one if there are others; null before the first step.</summary>
    public double? StepSeconds =>
        _seconds.Count == 0
            ? null
            : _seconds.Skip(_seconds.Count > 1 ? 1 : 0).Order().ElementAt((_seconds.Count - (_seconds.Count > 1 ? 1 : 0)) / 2);

    public void OnStart(TuneStart start) => MemoryLedger.ResetPeak(device.Type);

    public void OnStep(StepRecord step) => _seconds.Add(step.Seconds);

    public void OnEnd(TuneEnd end)
    {
        TensorBytes = MemoryLedger.PeakBytes(device.Type);
        UsedBytes = _used.Bytes();
    }
}
