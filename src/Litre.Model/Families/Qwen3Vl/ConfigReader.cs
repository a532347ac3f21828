using Litre.Core.Json;
using Litre.Model.Configuration;
using Litre.Model.Families.Decoders;

namespace Litre.Model.Families.Qwen3Vl;

/// <summary>
/// Reads <c>config.json</c> in the hub's spelling (<c>num_experts</c>, <c>rope_theta</c>, <c>rope_scaling</c>) and in transformers 5's
/// (<c>num_local_experts</c>, <c>rope_parameters</c>).
/// </summary>
internal static class ConfigReader
{
    // transformers' own default where the configuration names no sections.
    private static readonly int[] DefaultMropeSection = [24, 20, 20];

    internal static ModelConfig Read(JsonFields root, JsonFields? generation)
    {
        var family = Qwen3VlFamily.Instance;
        var type = root.TextOrNull("model_type")!;
        var fields = root.Object("text_config");
        ConfigFields.RefuseQuantized(root);
        ConfigFields.RefuseQuantized(fields);

        var text = DecoderConfigReader.Read(fields, Qwen3VlFormat.Name, type == Qwen3VlFamily.MoeType, "mrope");
        text = text with { MropeSection = ReadSection(fields, text.HeadDim) };
        var vision = VisionConfigReader.Read(root.Object("vision_config"), text);
        var (eos, pad) = ConfigFields.Ends(root, fields, generation);
        var tokens = Qwen3VlFamily.DefaultTokens;
        return new ModelConfig
        {
            Family = family,
            ModelType = type,
            Text = text,
            Vision = vision,
            // The outer value decides in transformers; some checkpoints have only the inner one.
            TieWordEmbeddings = root.BoolOrNull("tie_word_embeddings") ?? fields.BoolOrNull("tie_word_embeddings") ?? false,
            DType = ConfigFields.ElementType(root, fields),
            Visual = new VisualTokenIds(
                Token("image_token_id", tokens.Image),
                Token("video_token_id", tokens.Video),
                Token("vision_start_token_id", tokens.Start),
                Token("vision_end_token_id", tokens.End)
            ),
            EosTokenIds = eos,
            PadTokenId = pad,
        };

        int Token(string name, int fallback) => ConfigFields.Token(root, name, fallback, text.Vocab);
    }

    private static int[] ReadSection(JsonFields fields, int headDim)
    {
        var rope = DecoderConfigReader.Rope(fields);
        if (rope?.BoolOrNull("mrope_interleaved") == false)
            throw rope.Refuse(
                "mrope_interleaved",
                $"is false, which is not supported because {Qwen3VlFormat.Name} "
                    + "interleaves its sections; use a model in which it is true"
            );
        var section = rope?.IntsOrNull("mrope_section") ?? DefaultMropeSection;
        // A negative section could make a wrong sum look right.
        if (section.Length != 3 || section.Any(n => n < 0) || section.Sum(n => (long)n) != headDim / 2)
            throw (rope ?? fields).Refuse(
                "mrope_section",
                $"is [{string.Join(", ", section)}], expected three numbers that sum to half of head_dim, {headDim / 2}"
            );
        return section;
    }
}
