using Litre.Core;
using Litre.Data.Packing;
using Litre.Model.Configuration;

namespace Litre.Inference;

/// <summary>Whether the files of one folder are of one model: a tokenizer or processor from elsewhere would fail much later.</summary>
public static class FolderConsistency
{
    /// <param name="folder">The checkpoint's folder, for messages.</param>
    /// <param name="config">From its <c>config.json</c>.</param>
    /// <param name="encoder">From its tokenizer and processor.</param>
    /// <exception cref="InputException">They disagree.</exception>
    public static void Check(string folder, ModelConfig config, SampleEncoder encoder)
    {
        var tokenizer = encoder.Chat.Tokenizer;
        Same("image_token_id", config.ImageTokenId, "the tokenizer's <|image_pad|>", tokenizer.IdOf("<|image_pad|>"));
        Same("video_token_id", config.VideoTokenId, "the tokenizer's <|video_pad|>", tokenizer.IdOf("<|video_pad|>"));
        Same("vision_start_token_id", config.VisionStartTokenId, "the tokenizer's <|vision_start|>", tokenizer.IdOf("<|vision_start|>"));
        if (config.Vision is not { } vision)
            return;
        var processor = encoder.Processor.Options;
        Same("patch_size", vision.PatchSize, "preprocessor_config.json's", processor.PatchSize);
        Same("temporal_patch_size", vision.TemporalPatchSize, "preprocessor_config.json's", processor.TemporalPatchSize);
        Same("spatial_merge_size", vision.SpatialMergeSize, "preprocessor_config.json's merge_size", processor.MergeSize);

        void Same(string field, int found, string other, int expected)
        {
            if (found != expected)
                throw new InputException(
                    $"{folder}: {ModelConfig.FileName} says {field} {found}, but {other} is {expected}; the files are "
                        + "of different models, download the folder again"
                );
        }
    }
}
