using Litre.Core.Json;
using Litre.Data.Families;
using Litre.Model.Experts;
using Litre.Model.Layers;
using Litre.Model.Text;
using Litre.Model.Vision;

namespace Litre.Model.Configuration;

/// <summary>
/// Everything that is particular to one family of models. All else asks its configuration's <see cref="ModelConfig.Family"/>;
/// nothing outside a family's folder knows it by name.
/// </summary>
public interface IModelFamily
{
    /// <summary>What it says about text and images, its name first.</summary>
    FamilyFormat Format { get; }

    /// <summary>The values of <c>model_type</c> in the configurations that it reads.</summary>
    IReadOnlyList<string> ModelTypes { get; }

    /// <summary>The sizes in which it is published.</summary>
    PublishedModels Published { get; }

    /// <summary>Reads a configuration and refuses, by name, what is not computed.</summary>
    /// <param name="root">The root of a <c>model_type</c> of this family.</param>
    /// <param name="generation">Of <c>generation_config.json</c> beside it, or null.</param>
    /// <exception cref="Core.InputException">The configuration is damaged, or asks for something that is not supported.</exception>
    ModelConfig Read(JsonFields root, JsonFields? generation);

    /// <summary>The text of a configuration in the hub's spelling.</summary>
    string Write(ModelConfig config);

    /// <summary>Every key of a checkpoint, and which layer takes which.</summary>
    CheckpointKeys Keys(ModelConfig config);

    /// <summary>How tokens are numbered for the rotary embedding.</summary>
    IPositionScheme Positions(ModelConfig config);

    /// <summary>The words that represent kinds of modules an adapter can sit on.</summary>
    IReadOnlyList<AdapterTarget> Targets(ModelConfig config);

    /// <summary>
    /// A module's name as the configurations of adapters may spell it: the model's own first, then those of older releases and of
    /// related models.
    /// </summary>
    IEnumerable<string> Spellings(string module);

    /// <summary>The first half of a decoder layer.</summary>
    /// <param name="source">The source of its weights.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="keys">The keys of this layer.</param>
    /// <param name="layer">Counted from 0.</param>
    ITokenMixer CreateMixer(WeightSource source, TextConfig config, DecoderLayerKeys keys, int layer);

    /// <summary>The second half of a decoder layer.</summary>
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
