using Litre.Core;
using Litre.Data.Packing;
using Litre.Model.Configuration;

namespace Litre.Inference;

/// <summary>
/// Checks that the files of a folder belong to the same model: a tokenizer or processor of another model would fail much later.
/// </summary>
public static class FolderConsistency
{
    /// <param name="folder">The checkpoint's folder, for messages.</param>
    /// <param name="config">From its <c>config.json</c>.</param>
    /// <param name="encoder">The encoder from its tokenizer and processor.</param>
    /// <exception cref="InputException">The files disagree.</exception>
    public static void Check(string folder, ModelConfig config, SampleEncoder encoder)
    {
        var tokenizer = encoder.Chat.Tokenizer;
        if (tokenizer.Format.Visual is not { } tokens || encoder.Processor?.Options is not { } processor)
            return; // text alone
        SameToken("image_token_id", config.Visual!.Image, tokens.ImagePad);
        SameToken("video_token_id", config.Visual!.Video, tokens.VideoPad);
        SameToken("vision_start_token_id", config.Visual!.Start, tokens.Start);
        var vision = config.Vision!;
        Same("patch_size", vision.PatchSize, "preprocessor_config.json's", processor.PatchSize);
        Same("temporal_patch_size", vision.TemporalPatchSize, "preprocessor_config.json's", processor.TemporalPatchSize);
        Same("spatial_merge_size", vision.SpatialMergeSize, "preprocessor_config.json's merge_size", processor.MergeSize);

        void SameToken(string field, int found, string token) => Same(field, found, $"the tokenizer's {token}", tokenizer.IdOf(token));

        void Same(string field, int found, string other, int expected)
        {
            if (found != expected)
                throw new InputException(
                    $"{folder}: {ModelConfig.FileName} specifies {field} {found}, but {other} is {expected}; the files "
                        + "belong to different models; download the folder again"
                );
        }
    }
}
