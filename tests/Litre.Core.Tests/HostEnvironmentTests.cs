namespace Litre.Core.Tests;

public sealed class HostEnvironmentTests
{
    [Fact]
    public void Parse_AnyText_IsOnOrOffOrRefused()
    {
        Assert.True(HostEnvironment.Parse(HostEnvironment.Kernels, null));
        Assert.True(HostEnvironment.Parse(HostEnvironment.Kernels, "on"));
        Assert.False(HostEnvironment.Parse(HostEnvironment.Kernels, "off"));
        Assert.Equal(
            "LITRE_KERNELS=no: expected on or off",
            Assert.Throws<InputException>(() => HostEnvironment.Parse(HostEnvironment.Kernels, "no")).Message
        );
    }
}
