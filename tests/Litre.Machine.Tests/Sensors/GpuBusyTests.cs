using Litre.Machine.Sensors;

namespace Litre.Machine.Tests.Sensors;

public sealed class GpuBusyTests
{
    [Fact]
    public async Task GpuBusy_Sensor_GivesTheMeanOfItsSamples()
    {
        var values = new Queue<int?>([10, null, 30]);
        using var busy = new GpuBusy(() => values.TryDequeue(out var value) ? value : 50);
        await Task.Delay(350, TestContext.Current.CancellationToken);
        var mean = busy.Stop();
        Assert.InRange(mean!.Value, 20, 50);
        Assert.Equal(mean, busy.Stop());
        Assert.True(values.Count < 3);
    }
}
