using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Litre.Core;
using Litre.Data.Imaging;

namespace Litre.Data.Video;

/// <summary>Video files through the installed ffmpeg, in separate processes.</summary>
internal static class FfmpegVideo
{
    private const int ProbeTimeoutMs = 120_000;

    public readonly record struct Info(int Frames, double FramesPerSecond, int Width, int Height);

    public static Info Probe(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such video; check the path");
        using var process = Start(
            "ffprobe",
            path,
            [
                "-v",
                "error",
                "-protocol_whitelist",
                "file",
                "-select_streams",
                "v:0",
                "-count_packets",
                "-show_entries",
                "stream=width,height,avg_frame_rate,nb_read_packets:stream_side_data=rotation",
                "-of",
                "json",
                $"file:{path}",
            ]
        );
        var errors = process.StandardError.ReadToEndAsync();
        var reading = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(ProbeTimeoutMs))
        {
            process.Kill();
            throw new InputException($"{path}: ffprobe found nothing within {ProbeTimeoutMs / 1000} s; convert the video to MP4");
        }
        try
        {
            using var document = JsonDocument.Parse(reading.Result);
            var stream = document.RootElement.GetProperty("streams")[0];
            var rate = stream
                .GetProperty("avg_frame_rate")
                .GetString()!
                .Split('/')
                .Select(v => double.Parse(v, CultureInfo.InvariantCulture))
                .ToArray();
            var info = new Info(
                int.Parse(stream.GetProperty("nb_read_packets").GetString()!, CultureInfo.InvariantCulture),
                rate[0] / rate[1],
                stream.GetProperty("width").GetInt32(),
                stream.GetProperty("height").GetInt32()
            );
            if (info.Frames > 0 && info.FramesPerSecond is > 0 and < 10_000 && info is { Width: > 0, Height: > 0 })
                return IsRotated(stream) ? info with { Width = info.Height, Height = info.Width } : info;
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or FormatException
                        or IndexOutOfRangeException
                        or OverflowException
                        or NullReferenceException
            )
        {
            throw new InputException(
                $"{path}: not a video that ffmpeg can read ({ExternalProgram.Brief(errors.Result)}); convert it to MP4, "
                    + "or give a folder of frames",
                e
            );
        }
        throw new InputException($"{path}: declares no frames or no frame rate; convert it to MP4, or give a folder of frames");
    }

    /// <summary>Decodes the requested frames in order, as bitmaps through a pipe; the caller disposes each.</summary>
    public static IEnumerable<RgbaImage> Decode(string path, IReadOnlyList<int> indices, ImageLimits limits)
    {
        var select = string.Join('+', indices.Distinct().Select(i => $"eq(n\\,{i.ToString(CultureInfo.InvariantCulture)})"));
        using var process = Start(
            "ffmpeg",
            path,
            [
                "-v",
                "error",
                "-nostdin",
                "-protocol_whitelist",
                "file,pipe",
                "-i",
                $"file:{path}",
                "-map",
                "0:v:0",
                "-vf",
                $"select={select}",
                "-fps_mode",
                "passthrough",
                "-f",
                "image2pipe",
                "-c:v",
                "bmp",
                "-pix_fmt",
                "bgr24",
                "pipe:1",
            ]
        );
        try
        {
            _ = process.StandardError.ReadToEndAsync();
            var pipe = process.StandardOutput.BaseStream;
            var previous = -1;
            byte[]? bitmap = null;
            foreach (var index in indices)
            {
                if (index != previous)
                    bitmap = ReadBitmap(pipe, limits);
                previous = index;
                if (bitmap == null)
                    yield break;
                yield return ImageDecoder.Decode($"{path} (frame {index + 1})", bitmap, limits);
            }
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    // A bitmap's header contains its size, which is all that separates it from the next one.
    private static byte[]? ReadBitmap(Stream pipe, ImageLimits limits)
    {
        var header = new byte[6];
        if (pipe.ReadAtLeast(header, 6, throwOnEndOfStream: false) < 6 || header[0] != 'B' || header[1] != 'M')
            return null;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(2));
        if (length < 54 || length > limits.MaximumWholePixels * 4 + 1024)
            return null;
        var bitmap = new byte[length];
        header.CopyTo(bitmap, 0);
        return pipe.ReadAtLeast(bitmap.AsSpan(6), bitmap.Length - 6, throwOnEndOfStream: false) == bitmap.Length - 6 ? bitmap : null;
    }

    private static bool IsRotated(JsonElement stream) =>
        stream.TryGetProperty("side_data_list", out var list)
        && list.EnumerateArray().Any(d => d.TryGetProperty("rotation", out var rotation) && Math.Abs(rotation.GetDouble()) % 180 == 90);

    private static Process Start(string program, string path, string[] arguments) =>
        ExternalProgram.Start(program, arguments)
        ?? throw new InputException(
            $"{path}: video files need {program}, which is not installed; install ffmpeg (apt-get install ffmpeg), or "
                + "give a folder of frames"
        );
}
