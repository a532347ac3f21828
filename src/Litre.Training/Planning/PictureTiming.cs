using System.Diagnostics;
using Litre.Data.Packing;
using Litre.Torch;

namespace Litre.Training.Planning;

/// <summary>How long pictures take to be decoded, resized and cut; a run does that on all processors while steps compute.</summary>
internal static class PictureTiming
{
    private const int MostTried = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.5);

    /// <summary>Seconds for the pictures of all samples, from some of them; null where there are none, or only videos.</summary>
    public static double? Seconds(IReadOnlyList<TokenizedSample> samples, SampleEncoder encoder)
    {
        var pictures = samples.SelectMany(s => s.Visuals).Where(v => !v.IsVideo).ToList();
        if (pictures.Count == 0) return null;
        var clock = Stopwatch.StartNew();
        var patches = 0L;
        for (var i = 0; i < MostTried && clock.Elapsed < Patience; i++)
        {
            var visual = pictures[(int)((long)i * pictures.Count / MostTried)];
            try
            {
                encoder.LoadPixels(visual, new byte[(long)visual.Grid.Patches * encoder.Processor.Options.PatchValues]);
            }
            catch (InputException)
            {
                return null; // the run itself will say what is wrong with it
            }
            // The first decode loads the codec.
            if (i == 0) clock.Restart();
            else patches += visual.Grid.Patches;
        }
        return patches == 0 ? null : clock.Elapsed.TotalSeconds / patches * pictures.Sum(v => (double)v.Grid.Patches) / Environment.ProcessorCount;
    }
}
