using Litre.Torch.Loading;

namespace Litre.Torch.Tests.Loading;

public sealed class ThreadWaitPolicyTests
{
    [Fact]
    public void Choose_NobodyDecided_ShortensTheWaitInEveryOpenMp() => Assert.Equal(["GOMP_SPINCOUNT=1000", "KMP_BLOCKTIME=0"], Choose([]));

    [Theory]
    [InlineData("OMP_WAIT_POLICY", "active")]
    [InlineData("GOMP_SPINCOUNT", "infinity")]
    [InlineData("KMP_BLOCKTIME", "200")]
    public void Choose_AUserDecided_KeepsItAlone(string name, string value) =>
        Assert.Equal([$"{name}={value}", "OMP_NUM_THREADS=3"], Choose(new() { [name] = value, ["OMP_NUM_THREADS"] = "3" }));

    private static IEnumerable<string> Choose(Dictionary<string, string> variables) =>
        ThreadWaitPolicy.Choose(name => variables.GetValueOrDefault(name)).Select(v => $"{v.Key}={v.Value}");
}
