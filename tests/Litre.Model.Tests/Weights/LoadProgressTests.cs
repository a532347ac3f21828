using Litre.Model.Files;
using Litre.Model.Weights;

namespace Litre.Model.Tests.Weights;

public sealed class LoadProgressTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void ToString_UnderWay_TellsRateAndTimeLeft()
    {
        Assert.Equal("loading 0.00 of 57.00 GiB", new LoadProgress(0, 57 * GiB, TimeSpan.Zero, false).ToString());
        Assert.Equal(
            "loading 19.00 of 57.00 GiB, 1.90 GiB/s, 0:00:20 left",
            new LoadProgress(19 * GiB, 57 * GiB, TimeSpan.FromSeconds(10), false).ToString()
        );
    }

    [Fact]
    public void ToString_Complete_TellsHowItWasReadAndChecked()
    {
        var end = new LoadProgress(57 * GiB, 57 * GiB, TimeSpan.FromSeconds(31.2), true) { Files = 13 };
        Assert.Equal("loaded 57.00 GiB in 31.2 s, 1.83 GiB/s, direct reads", end.ToString());
        Assert.Equal(
            "loaded 57.00 GiB in 31.2 s, 1.83 GiB/s, reads through the page cache, dropped afterwards, because direct "
                + "reads are not possible (Invalid argument), SHA-256 of 2 of 13 files verified, unknown for the others",
            (end with { ReadMethod = ReadMethod.Dropping, DirectReadFailure = "Invalid argument", CheckedFiles = 2 }).ToString()
        );
    }
}
