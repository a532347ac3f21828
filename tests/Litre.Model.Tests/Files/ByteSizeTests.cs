using Litre.Model.Files;
using Shared;

namespace Litre.Model.Tests.Files;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("5GB", 5_000_000_000L)]
    [InlineData("4GiB", 4L << 30)]
    [InlineData("1.5 kib", 1536L)]
    [InlineData("2TiB", 2L << 40)]
    [InlineData("17B", 17L)]
    [InlineData("17", 17L)]
    public void Parse_Size_GivesBytes(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("GiB")]
    [InlineData("1,5GB")]
    [InlineData("1e5")]
    [InlineData("2000TB")]
    [InlineData("much")]
    public void Parse_AnythingElse_IsNull(string text) => Assert.Null(ByteSize.Parse(text));

    [Fact]
    public void Text_AnySize_ReadsBackEqual() =>
        Property.Holds(
            500,
            random =>
            {
                var bytes = random.Flip() ? random.Next() : (long)random.Between(0, 1000) << (10 * random.Between(0, 3));
                Assert.Equal(bytes, ByteSize.Parse(ByteSize.Text(bytes)));
            }
        );
}
