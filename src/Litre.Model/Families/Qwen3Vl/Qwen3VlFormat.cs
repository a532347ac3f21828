using Litre.Data.Families;
using Litre.Data.Imaging;
using Litre.Model.Families.Qwen;

namespace Litre.Model.Families.Qwen3Vl;

/// <summary>Text and images of Qwen3-VL, dense or with experts.</summary>
public static class Qwen3VlFormat
{
    internal const string Name = "Qwen3-VL";

    public static FamilyFormat Instance { get; } =
        new()
        {
            Name = Name,
            Organization = "Qwen",
            ExampleModel = "Qwen3-VL-8B-Instruct",
            Chat = new QwenChat(Name, readsImages: true, typeof(Qwen3VlFormat)),
            Tokens = QwenTokens.Format(Name, readsImages: true),
            // As transformers' Qwen2VLImageProcessor and Qwen3VLVideoProcessor.
            Images = new ImageContract
            {
                Family = Name,
                Options = new ProcessorOptions
                {
                    PatchSize = 16,
                    TemporalPatchSize = 2,
                    MergeSize = 2,
                    MinimumPixels = 65536,
                    MaximumPixels = 16777216,
                    VideoMinimumPixels = 4096,
                    VideoMaximumPixels = 25165824,
                    VideoFramesPerSecond = 2,
                    VideoMinimumFrames = 4,
                    VideoMaximumFrames = 768,
                },
                Mean = [0.5, 0.5, 0.5],
                Deviation = [0.5, 0.5, 0.5],
                ProcessorPrefix = "Qwen",
                ImageProcessor = "Qwen2VLImageProcessorFast",
                VideoProcessor = "Qwen3VLVideoProcessor",
                ProcessorClass = "Qwen3VLProcessor",
            },
        };
}
