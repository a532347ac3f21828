using System.Text.Json.Nodes;
using Litre.Core.Json;
using Litre.Model.Configuration;
using Litre.Model.Families.Decoders;

namespace Litre.Model.Families.Qwen3;

/// <summary>Writes a configuration in the hub's spelling.</summary>
internal static class ConfigWriter
{
    // The release of transformers in which the family appeared; later ones convert the spelling when they read it.
    private const string TransformersVersion = "4.51.0";

    internal static string Write(ModelConfig config)
    {
        var json = DecoderConfigWriter.Fields(config, config.ModelType, rope: null);
        json["architectures"] = new JsonArray(Qwen3Family.Architecture);
        json["transformers_version"] = TransformersVersion;
        json["use_sliding_window"] = false;
        return json.ToJsonString(JsonText.Indented) + "\n";
    }
}
