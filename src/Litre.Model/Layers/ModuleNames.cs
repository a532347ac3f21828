namespace Litre.Model.Layers;

/// <summary>Module names, as adapters spell them: a module's checkpoint key without the tensor's own name.</summary>
public static class ModuleNames
{
    /// <summary>The module that contains the tensor of a checkpoint key.</summary>
    public static string Of(string key) => key[..key.LastIndexOf('.')];
}
