using System.Diagnostics;
using Litre.Core;
using Litre.Data.Packing;

namespace Litre.Planning;

/// <summary>
/// Measures how long it takes to decode, resize and split images; a run does this on all processors while steps compute.
/// </summary>
internal static class ImageLoadTiming
{
    private const int MaxImages = 4;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(0.5);

    /// <summary>Seconds for the images of all samples, estimated from some of them; null if there are none, or only videos.</summary>
    public static double? Seconds(IReadOnlyList<TokenizedSample> samples, SampleEncoder encoder)
    {
        // A sample's images together: the tiles of a page come from one decoded image.
        var images = samples.Select(s => s.Visuals.Where(v => !v.IsVideo).ToList()).Where(v => v.Count > 0).ToList();
        if (images.Count == 0)
            return null;
        var clock = Stopwatch.StartNew();
        var patches = 0L;
        for (var i = 0; i < MaxImages && clock.Elapsed < TimeLimit; i++)
        {
            var tried = images[(int)((long)i * images.Count / MaxImages)];
            var tries = tried.Sum(v => v.Grid.Patches);
            try
            {
                encoder.LoadPixels(tried, new byte[(long)tries * encoder.Processor!.Options.PatchValues]);
            }
            catch (InputException)
            {
                return null; // the run itself will report the error
            }
            // The first decode loads the codec.
            if (i == 0)
                clock.Restart();
            else
                patches += tries;
        }
        return patches == 0
            ? null
            : clock.Elapsed.TotalSeconds / patches * images.Sum(p => p.Sum(v => (double)v.Grid.Patches)) / Environment.ProcessorCount;
    }
}
