namespace Litre.Model.Files;

/// <summary>Module names, as adapters spell them: a module's checkpoint key without the tensor's own name.</summary>
public static class ModuleNames
{
    /// <summary>The module that a key of <see cref="CheckpointKeys"/> belongs to.</summary>
    /// <param name="template">A key of the table.</param>
    /// <param name="index">Of the layer, block or merger.</param>
    public static string Of(string template, int index = 0)
    {
        var key = CheckpointKeys.At(template, index);
        return key[..key.LastIndexOf('.')];
    }

    /// <summary>The module around the one that a key belongs to.</summary>
    public static string Around(string template, int index = 0)
    {
        var module = Of(template, index);
        return module[..module.LastIndexOf('.')];
    }
}
