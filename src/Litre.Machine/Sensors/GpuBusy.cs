using Litre.Torch;

namespace Litre.Machine.Sensors;

/// <summary>
/// The utilization of a GPU from creation until <see cref="Stop"/>, read from the management library ten times per second on a
/// separate thread. Reports nothing on the CPU or if the driver does not report it.
/// </summary>
public sealed class GpuBusy : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Nvml? _nvml;
    private readonly Func<int?> _sensor;
    private readonly Lock _gate = new();
    private readonly Timer _timer;
    private (long Sum, int Count) _samples;
    private bool _stopped;

    /// <param name="device">The device to measure.</param>
    public GpuBusy(Device device)
    {
        var gpu = CudaDriver.Of(device);
        _nvml = Nvml.Open(gpu is null ? null : CudaDriver.PciBusId(gpu));
        _sensor = () => _nvml?.BusyPercent;
        _timer = new Timer(_ => Sample(), null, Interval, Interval);
    }

    internal GpuBusy(Func<int?> sensor)
    {
        _sensor = sensor;
        _timer = new Timer(_ => Sample(), null, Interval, Interval);
    }

    /// <summary>Ends the sampling.</summary>
    /// <returns>The mean in percent; null if it cannot be read.</returns>
    public double? Stop()
    {
        Sample();
        Dispose();
        return _samples.Count == 0 ? null : (double)_samples.Sum / _samples.Count;
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            if (_stopped)
                return;
            _stopped = true;
            _nvml?.Dispose();
        }
    }

    private void Sample()
    {
        lock (_gate)
        {
            if (!_stopped && _sensor() is { } percent)
                _samples = (_samples.Sum + percent, _samples.Count + 1);
        }
    }
}
