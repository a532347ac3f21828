using Litre.Machine.Sensors;
using Litre.Torch;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>Watches a run, to hold its plan against what was measured. Made before the run touches its device.</summary>
/// <param name="device">Where it computes.</param>
public sealed class PlanActuals(Device device) : ITuneObserver
{
    private readonly UsedMemory _used = new(device);
    private readonly List<double> _seconds = [];

    /// <summary>Most tensor bytes alive at once while training, as the program counted them.</summary>
    public long TensorBytes { get; private set; }

    /// <summary>What the device had in use for the run, or on the CPU what the process held; null where nothing says it.</summary>
    public long? UsedBytes { get; private set; }

    /// <summary>Median of the steps, the first left out where there are others; null before the first.</summary>
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
