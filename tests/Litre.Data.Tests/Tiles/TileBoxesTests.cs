using System.Globalization;
using Litre.Data.Imaging;
using Litre.Data.Tiles;

namespace Litre.Data.Tests.Tiles;

public class TileBoxesTests
{
    private static readonly (int Width, int Height) Page = (4000, 2000);
    private static readonly ImageRegion Tile = new(1000, 500, 1000, 1000);

    [Fact]
    public void ToPage_BoxAndPoint_AreOnThePagesScaleAndAllElseStays()
    {
        const string Answer =
            "```json\n[{\"bbox_2d\": [0, 0, 1000, 1000], \"label\": \"a [1, 2]\"}, {\"point_2d\":[500,500], \"label\": \"p\"}]\n```";
        const string Expected =
            "```json\n[{\"bbox_2d\": [250, 250, 500, 750], \"label\": \"a [1, 2]\"}, {\"point_2d\":[375,500], \"label\": \"p\"}]\n```";
        Assert.Equal(Expected, TileBoxes.ToPage(Answer, Tile, Page));
    }

    [Theory]
    [InlineData("The scale is 1:10.")]
    [InlineData("""{"bbox_2d": [1, 2, 3]}""")]
    [InlineData("""{"bbox_2d": [1, 2""")]
    public void ToPage_TextWithoutWholeBox_StaysAsItIs(string text) => Assert.Equal(text, TileBoxes.ToPage(text, Tile, Page));

    [Fact]
    public void ToTileAndBack_EveryBoxOfTheTile_IsTheSame()
    {
        var random = new Random(1);
        foreach (
            var (tile, page) in ((ImageRegion, (int, int))[])
                [(Tile, Page), (new(8909, 13019, 1024, 1024), (9933, 14043)), (new(0, 0, 64, 64), (65, 90))]
        )
        {
            for (var i = 0; i < 500; i++)
            {
                var (left, right) = Sides(tile.X, tile.Right, page.Item1);
                var (top, bottom) = Sides(tile.Y, tile.Bottom, page.Item2);
                var answer = string.Create(
                    CultureInfo.InvariantCulture,
                    $"[{{\"bbox_2d\": [{left}, {top}, {right}, {bottom}], \"label\": \"x\"}}]"
                );
                Assert.Equal(answer, TileBoxes.ToPage(TileBoxes.ToTile(answer, tile, page), tile, page));
            }
        }

        // Whole numbers of the page's scale within the tile.
        (int, int) Sides(int from, int to, int side)
        {
            var (low, high) = ((int)Math.Ceiling(from * 1000.0 / side), (int)(to * 1000L / side));
            var first = random.Next(low, high + 1);
            return (first, random.Next(first, high + 1));
        }
    }

    [Fact]
    public void ToTile_BoxBeyondTheEdge_EndsThere() =>
        Assert.Equal("""{"bbox_2d": [0, 200, 1000, 1000]}""", TileBoxes.ToTile("""{"bbox_2d": [0, 350, 900, 1000]}""", Tile, Page));

    [Fact]
    public void Join_BoxSeenByTwoTiles_IsThereOnce()
    {
        var joined = TileJoin.Join([
            """[{"bbox_2d": [100, 100, 200, 200], "label": "valve"}, {"bbox_2d": [10, 10, 20, 20], "label": "pump"}]""",
            """[{"bbox_2d": [101, 100, 202, 200], "label": "valve"}, {"bbox_2d": [101, 100, 202, 200], "label": "pipe"}]""",
            "[]",
            "",
        ]);
        Assert.Equal(
            """[{"bbox_2d": [101, 100, 202, 200], "label": "valve"}, {"bbox_2d": [10, 10, 20, 20], "label": "pump"}, """
                + """{"bbox_2d": [101, 100, 202, 200], "label": "pipe"}]""",
            joined
        );
    }

    [Fact]
    public void Join_TwoBoxesOfOneTile_BothStay() =>
        Assert.Equal(
            """[{"bbox_2d": [1, 1, 9, 9]}, {"bbox_2d": [1, 1, 9, 9]}]""",
            TileJoin.Join(["""[{"bbox_2d": [1, 1, 9, 9]}, {"bbox_2d": [1, 1, 9, 9]}]""", "[]"])
        );

    [Fact]
    public void Join_Texts_EachDifferentOneIsBehindItsTile()
    {
        Assert.Equal("1:10", TileJoin.Join(["1:10", " 1:10\n", ""]));
        Assert.Equal("Tile 1 of 3: 1:10\nTile 3 of 3: 1:20", TileJoin.Join(["1:10", "", "1:20"]));
    }

    [Fact]
    public void Join_NothingFound_IsAnEmptyList() => Assert.Equal("[]", TileJoin.Join(["[]", "", "```json\n[]\n```"]));
}
