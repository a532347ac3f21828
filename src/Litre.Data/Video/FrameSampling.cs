using Litre.Data.Imaging;

namespace Litre.Data.Video;

/// <summary>Chooses the frames of a video and their times with the reference processor's arithmetic.</summary>
public static class FrameSampling
{
    /// <summary>Indices of the sampled frames, evenly from first to last.</summary>
    /// <param name="total">Number of frames of the video, at least 1.</param>
    /// <param name="framesPerSecond">The video's frame rate.</param>
    /// <param name="options">Rate and limits of sampling.</param>
    public static int[] Indices(int total, double framesPerSecond, ProcessorOptions options)
    {
        var wanted = (int)Math.Min(total / framesPerSecond * options.VideoFramesPerSecond, int.MaxValue);
        var count = Math.Min(Math.Min(Math.Max(wanted, options.VideoMinimumFrames), options.VideoMaximumFrames), total);
        var indices = new int[count];
        // numpy.linspace, rounded half to even; it sets the last value exactly.
        var step = count > 1 ? (total - 1) / (double)(count - 1) : 0;
        for (var i = 0; i < count; i++)
            indices[i] = (int)Math.Round(i * step, MidpointRounding.ToEven);
        if (count > 1)
            indices[^1] = total - 1;
        return indices;
    }

    /// <summary>The time of each temporal patch in seconds: the middle between its first and its last frame.</summary>
    public static double[] Seconds(IReadOnlyList<int> indices, double framesPerSecond, int temporalPatchSize)
    {
        var seconds = new double[(indices.Count + temporalPatchSize - 1) / temporalPatchSize];
        for (var i = 0; i < seconds.Length; i++)
        {
            var first = indices[i * temporalPatchSize] / framesPerSecond;
            var last = indices[Math.Min((i + 1) * temporalPatchSize, indices.Count) - 1] / framesPerSecond;
            seconds[i] = (first + last) / 2;
        }
        return seconds;
    }
}
