using Litre.Core.Json;
using Litre.Data.Families;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;

namespace Litre.Model.Configuration;

/// <summary>
/// Everything specific to one family of models. All other code uses a configuration's <see cref="ModelConfig.Family"/>; nothing outside
/// a family's folder refers to it by name.
/// </summary>
public interface IModelFamily
{
    /// <summary>The family's name and its formats of text and images.</summary>
    FamilyFormat Format { get; }

    /// <summary>The values of <c>model_type</c> in the configurations that it reads.</summary>
    IReadOnlyList<string> ModelTypes { get; }

    /// <summary>The sizes in which it is published.</summary>
    PublishedModels Published { get; }

    /// <summary>Reads a configuration and refuses unsupported settings by name.</summary>
    /// <param name="root">The root of a configuration whose <c>model_type</c> belongs to this family.</param>
    /// <param name="generation">The root of the <c>generation_config.json</c> in the same folder, or null.</param>
    /// <exception cref="Core.InputException">The configuration is damaged, or requires something that is not supported.</exception>
    ModelConfig Read(JsonFields root, JsonFields? generation);

    /// <summary>The text of a configuration in the hub's spelling.</summary>
    string Write(ModelConfig config);

    /// <summary>Every key of a checkpoint, and the layer that uses it.</summary>
    CheckpointKeys Keys(ModelConfig config);

    /// <summary>How tokens are numbered for the rotary embedding.</summary>
    IPositionScheme Positions(ModelConfig config);

    /// <summary>The words for kinds of modules that can have an adapter.</summary>
    IReadOnlyList<AdapterTarget> Targets(ModelConfig config);

    /// <summary>
    /// A module's name as the configurations of adapters may spell it: the model's own first, then those of older releases and of
    /// related models.
    /// </summary>
    IEnumerable<string> Spellings(string module);

    /// <summary>Creates the first half of a decoder layer.</summary>
    /// <param name="source">The source of its weights.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="keys">The keys of this layer.</param>
    /// <param name="layer">Counted from 0.</param>
    ITokenMixer CreateMixer(WeightSource source, TextConfig config, DecoderLayerKeys keys, int layer);

    /// <summary>Creates the second half of a decoder layer.</summary>
    /// <param name="source">The source of its weights.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="keys">The keys of this layer.</param>
    /// <param name="layer">Counted from 0.</param>
    IFeedForward CreateFeedForward(WeightSource source, TextConfig config, DecoderLayerKeys keys, int layer);

    /// <summary>What sees images, for a configuration with a vision part.</summary>
    /// <param name="source">The source of its weights.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="keys">The keys of its weights.</param>
    IVisionEncoder CreateVision(WeightSource source, VisionConfig config, VisionKeys keys);
}

/// <summary>A word for a kind of modules.</summary>
/// <param name="Word">For example <c>attention</c>.</param>
/// <param name="Modules">Ends of the names of linear modules.</param>
/// <param name="Parameters">Ends of the names of stacked expert tensors.</param>
public sealed record AdapterTarget(string Word, IReadOnlyList<string> Modules, IReadOnlyList<string> Parameters);
