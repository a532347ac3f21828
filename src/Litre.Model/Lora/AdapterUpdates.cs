using Litre.Core;
using Litre.Model.Configuration;
using Litre.Model.Files;
using Litre.Model.Layers;
using Litre.Model.Weights;
using Litre.Torch;

namespace Litre.Model.Lora;

/// <summary>
/// An adapter's updates by the key of the weight they change, for checkpoints larger than memory: the model has only shapes, and
/// factors are read when their weight is processed.
/// </summary>
public sealed class AdapterUpdates : IDisposable
{
    private readonly SafetensorsFile _file;
    private readonly CausalModel _shapes;
    private readonly Dictionary<string, LoraPair> _pairs = new(StringComparer.Ordinal);

    private readonly IReadOnlyDictionary<string, TensorEntry> _entries;

    private AdapterUpdates(SafetensorsFile file, IReadOnlyDictionary<string, TensorEntry> entries, CausalModel shapes)
    {
        (_file, _entries, _shapes) = (file, entries, shapes);
        foreach (var (weight, lora) in shapes.Adapters.SelectMany(a => a.Updates))
            _pairs.Add(weight.Key, lora);
    }

    /// <summary>Keys of the weights that the adapter changes.</summary>
    public IReadOnlyCollection<string> Keys => _pairs.Keys;

    /// <summary>Opens an adapter folder and checks every key and shape against the model's configuration.</summary>
    /// <exception cref="InputException">The folder is not an adapter for this model.</exception>
    public static AdapterUpdates Open(ModelConfig config, string folder)
    {
        var settings = AdapterConfig.Load(folder);
        var file = SafetensorsFile.Open(Path.Combine(folder, AdapterFiles.WeightsName));
        var shapes = new CausalModel(config, new MetaSource(DType.Float32, DeviceType.Cpu));
        try
        {
            var parameters = LoraAttachment.Attach(shapes, settings).Parameters;
            return new AdapterUpdates(
                file,
                AdapterKeys.Match(file, parameters.ToDictionary(p => p.Key, AdapterFiles.FileShape), config.Family),
                shapes
            );
        }
        catch
        {
            file.Dispose();
            shapes.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes the weights' file again, with unchanged values, under the keys that the current PEFT uses for this family.
    /// </summary>
    /// <exception cref="InputException">The disk is full, or the folder cannot be written.</exception>
    public void CopyWeights(string folder) =>
        SafetensorsWriter.Write(
            Path.Combine(folder, AdapterFiles.WeightsName),
            _entries.Select(e => new TensorSource(
                e.Key,
                e.Value.DType,
                e.Value.Shape,
                stream =>
                {
                    var bytes = new byte[e.Value.Bytes];
                    _file.Read(e.Value, bytes);
                    stream.Write(bytes);
                }
            ))
        );

    /// <summary>Whether the file's keys are those of the current PEFT.</summary>
    public bool HasPeftKeys => _entries.All(e => e.Key == e.Value.Name);

    /// <summary>The scale of one weight's update.</summary>
    public double Scale(string key) => _pairs[key].Scale;

    /// <summary>
    /// The factors of one weight in float32: (r, in) and (out, r), or with the expert as first dimension; and their scale.
    /// </summary>
    /// <exception cref="InputException">A factor contains a value that is not finite.</exception>
    public (Tensor A, Tensor B, double Scale) Read(string key)
    {
        var pair = _pairs[key];
        return (Factor(pair.A), Factor(pair.B), pair.Scale);
    }

    public void Dispose()
    {
        _file.Dispose();
        _shapes.Dispose();
    }

    private Tensor Factor(Parameter parameter)
    {
        using var scope = new TensorScope();
        var key = _entries[parameter.Key].Name;
        var read = TensorFiles.Read(_file, key);
        AdapterFiles.RefuseNotFinite(_file.Path, key, read);
        return scope.Return(AdapterFiles.FromFileLayout(parameter, read.To(DType.Float32)).Contiguous());
    }
}
