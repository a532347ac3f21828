using Litre.Data.Imaging;
using Litre.Data.Tiles;

namespace Litre.Data.Tests.Tiles;

public class TilingTests
{
    [Theory]
    [InlineData("1024", "1024x1024+128x128")]
    [InlineData("1024x768", "1024x768+128x96")]
    [InlineData("1024+64", "1024x1024+64x64")]
    [InlineData("800x600+10%", "800x600+80x60")]
    [InlineData("1024x768+100x50,no-page", "1024x768+100x50,no-page")]
    [InlineData(" 512+0 ", "512x512+0x0")]
    public void Parse_EachForm_IsWrittenInFull(string text, string full)
    {
        var tiling = Tiling.Parse(text)!;
        Assert.Equal(full, tiling.ToString());
        Assert.Equal(tiling, Tiling.Parse(full));
    }

    [Fact]
    public void Parse_Off_IsNone() => Assert.Null(Tiling.Parse("off"));

    [Theory]
    [InlineData("")]
    [InlineData("big")]
    [InlineData("10")]
    [InlineData("1024x")]
    [InlineData("1024+900")]
    [InlineData("1024+60%")]
    [InlineData("99999")]
    [InlineData("-1024")]
    public void Parse_AnythingElse_IsRefused(string text) =>
        Assert.Contains("expected", Assert.Throws<FormatException>(() => Tiling.Parse(text)).Message);

    [Theory]
    [InlineData("1024", 9933, 14043)]
    [InlineData("1024+0", 2048, 1024)]
    [InlineData("1024", 1025, 300)]
    [InlineData("512x300+100x37", 1733, 2999)]
    [InlineData("64+32", 65, 200)]
    public void Cut_AnyPage_TilesCoverEveryPixelInReadingOrderWithTheOverlap(string text, int width, int height)
    {
        var tiling = Tiling.Parse(text)!;
        Assert.True(tiling.Cuts(width, height));
        var grid = tiling.Cut(width, height);
        Assert.Equal(grid.Columns * grid.Rows, grid.Tiles.Count);
        for (var i = 0; i < grid.Tiles.Count; i++)
        {
            var tile = grid.Tiles[i];
            Assert.Equal((Math.Min(tiling.Width, width), Math.Min(tiling.Height, height)), (tile.Width, tile.Height));
            var (column, row) = (i % grid.Columns, i / grid.Columns);
            if (column == 0)
                Assert.Equal(0, tile.X);
            else
                Assert.InRange(tile.X, grid.Tiles[i - 1].X + 1, grid.Tiles[i - 1].Right - tiling.OverlapX);
            if (row == 0)
                Assert.Equal(0, tile.Y);
            else
                Assert.InRange(tile.Y, grid.Tiles[i - grid.Columns].Y + 1, grid.Tiles[i - grid.Columns].Bottom - tiling.OverlapY);
            if (column == grid.Columns - 1)
                Assert.Equal(width, tile.Right);
            if (row == grid.Rows - 1)
                Assert.Equal(height, tile.Bottom);
        }
    }

    [Fact]
    public void Cut_PageThatOneTileHolds_IsOneTile()
    {
        var tiling = Tiling.Parse("1024")!;
        Assert.False(tiling.Cuts(1024, 1024));
        Assert.Equal([new ImageRegion(0, 0, 800, 1024)], tiling.Cut(800, 1024).Tiles);
    }

    [Fact]
    public void Cut_AnySize_TakesNoMoreTilesThanNeeded()
    {
        var tiling = Tiling.Parse("1000+100")!;
        Assert.Equal(2, tiling.Cut(1900, 1000).Columns);
        Assert.Equal(3, tiling.Cut(1901, 1000).Columns);
    }
}
