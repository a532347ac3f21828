using Litre.Model;
using Litre.Model.Configuration;
using Litre.Model.Families;
using Litre.Model.Lora;
using Litre.Torch;
using Shared;

namespace Litre.Training.Tests.Library;

/// <summary>A small model, adapters of it with random factors, and a library beside them; removed at the end.</summary>
internal sealed class AdapterWorkshop : IDisposable
{
    private readonly SmallCheckpoint _small;

    public AdapterWorkshop(string family = "dense")
    {
        _small = new SmallCheckpoint(family);
        Config = ModelConfigs.Load(Model);
    }

    public string Model => _small.Model;

    public ModelConfig Config { get; }

    /// <summary>A folder for the library, which does not exist yet.</summary>
    public string Library => _small.In("library");

    public string In(params string[] parts) => _small.In(parts);

    /// <summary>Writes an adapter whose factors are all random, and returns its folder.</summary>
    public string Make(string name, int seed, AdapterConfig config)
    {
        using var model = ModelFiles.Load(Model, DType.Float32, Device.Cpu);
        var adapter = LoraAttachment.Attach(model, config);
        var random = new Random(seed);
        foreach (var parameter in adapter.Parameters)
        {
            var values = new float[parameter.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = (float)(random.NextDouble() - 0.5);
            using var tensor = Tensor.From<float>(values, parameter.Value.Sizes, Device.Cpu);
            parameter.Value.CopyFrom(tensor);
        }
        AdapterFiles.Save(model, adapter, In(name));
        return In(name);
    }

    /// <summary>The update of each weight in float64, by its key, by plain loops: one matrix, or one for each expert.</summary>
    public Dictionary<string, List<double[,]>> Updates(string folder)
    {
        using var updates = AdapterUpdates.Open(Config, folder);
        var found = new Dictionary<string, List<double[,]>>();
        foreach (var key in updates.Keys)
        {
            using var scope = new TensorScope();
            var (a, b, scale) = updates.Read(key);
            var experts = a.Rank == 3 ? a.Size(0) : 1;
            var (rank, columns, rows) = ((int)a.Size(-2), (int)a.Size(-1), (int)b.Size(-2));
            var (right, left) = (a.ToDoubles(), b.ToDoubles());
            found[key] = [];
            for (var e = 0; e < experts; e++)
            {
                var update = new double[rows, columns];
                for (var i = 0; i < rows; i++)
                for (var j = 0; j < columns; j++)
                for (var k = 0; k < rank; k++)
                    update[i, j] += scale * left[(e * rows + i) * rank + k] * right[(e * rank + k) * columns + j];
                found[key].Add(update);
            }
        }
        return found;
    }

    public void Dispose() => _small.Dispose();
}
