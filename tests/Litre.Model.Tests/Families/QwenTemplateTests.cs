using Litre.Model.Families.Qwen;

namespace Litre.Model.Tests.Families;

public sealed class QwenTemplateTests
{
    [Theory]
    [InlineData(0.25, "0.2")]
    [InlineData(0.75, "0.8")]
    [InlineData(1.25, "1.2")]
    [InlineData(0.35, "0.3")]
    [InlineData(0.05, "0.1")]
    [InlineData(12.0, "12.0")]
    [InlineData(1234.55, "1234.5")]
    public void Tenths_TiesAndNearTies_RoundsAsPython(double seconds, string expected) =>
        Assert.Equal(expected, QwenTemplate.Tenths(seconds));
}
