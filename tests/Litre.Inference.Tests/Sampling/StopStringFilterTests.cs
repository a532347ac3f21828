using System.Text;
using Litre.Inference.Sampling;
using Shared;

namespace Litre.Inference.Tests.Sampling;

public sealed class StopStringFilterTests
{
    [Fact]
    public void Push_StopAcrossPieces_IsHeldBackAndNotEmitted()
    {
        var filter = new StopStringFilter(["\n\nUser:"]);
        Assert.Equal("green", filter.Push("green\n\nUs"));
        Assert.False(filter.IsStopped);
        Assert.Equal("", filter.Push("er: more"));
        Assert.Equal(("\n\nUser:", true), (filter.StopString, filter.IsStopped));
        Assert.Equal("", filter.Push("text"));
        Assert.Equal("", filter.Finish());
    }

    [Fact]
    public void Finish_TextHeldBack_IsEmitted()
    {
        var filter = new StopStringFilter(["END"]);
        Assert.Equal("the ", filter.Push("the EN"));
        Assert.Equal("EN", filter.Finish());
        Assert.Equal("", filter.Finish());
        Assert.Null(filter.StopString);
    }

    [Fact]
    public void Push_NoStopStrings_EmitsEverything() => Assert.Equal("text", new StopStringFilter([]).Push("text"));

    [Fact]
    public void Push_AnyDivision_EndsWhereTheFirstStopIsComplete() =>
        Property.Holds(
            400,
            random =>
            {
                var stops = Enumerable.Range(0, random.Between(1, 3)).Select(_ => Letters(random, random.Between(1, 4))).ToList();
                var text = Letters(random, random.Between(0, 12));
                var filter = new StopStringFilter(stops);
                var found = new StringBuilder();
                for (var at = 0; at < text.Length; )
                {
                    var piece = text[at..Math.Min(text.Length, at + random.Between(1, 5))];
                    found.Append(filter.Push(piece));
                    at += piece.Length;
                }
                found.Append(filter.Finish());
                var (expected, stop) = Expected(text, stops);
                Assert.Equal((expected, stop), (found.ToString(), filter.StopString));
            }
        );

    // Character by character, by the definition.
    private static (string, string?) Expected(string text, List<string> stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var stop = stops.Where(s => text[..end].EndsWith(s, StringComparison.Ordinal)).MaxBy(s => s.Length);
            if (stop is not null)
                return (text[..(end - stop.Length)], stop);
        }
        return (text, null);
    }

    private static string Letters(Random random, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => "ab"[random.Next(2)]));
}
